import Rehoming
import SessionLink

extension NodeContext {
    /// The session leaves this node: the application gives away what it wants to find where the session arrives.
    func freeze(_ id: SessionID) -> [UInt8]? {
        guard let desk = rehoming, let ref = desk.refs[id], !desk.leaving.contains(id) else { return nil }
        let state = application.onRelease(ref, in: self)
        desk.leaving.append(id)
        guard let state else { return nil }
        guard state.count <= RehomingBounds.standard.state else {
            counters.statesTooLarge += 1
            return nil
        }
        return state
    }

    /// What was decided before the session left is done: it is forgotten.
    func leave(_ id: SessionID, _ desk: NodeRehoming) {
        guard let place = desk.leaving.firstIndex(of: id) else { return }
        desk.leaving.remove(at: place)
        guard let ref = desk.refs.removeValue(forKey: id) else { return }
        backlogs.remove(ref)
        assemblies[ref] = nil
        sessions.remove(ref, id: id)
        desk.clients.forget(id)
    }
}
