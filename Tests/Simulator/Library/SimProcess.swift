/// Something that runs, stands still for a while, or dies; a process that starts again is a new one.
class SimProcess {
    unowned let world: Simulation
    let name: String
    var isAlive = true
    /// It does nothing before this moment; what happens to it waits.
    var pausedUntil: Int64 = 0

    init(world: Simulation, name: String) {
        self.world = world
        self.name = name
    }

    /// Does it then, unless the process died or stands still; in that case as soon as it goes on.
    final func at(_ time: Int64, _ action: @escaping () -> Void) {
        world.events.add(at: time) { [unowned self] in run(action) }
    }

    final func after(_ span: Int64, _ action: @escaping () -> Void) {
        at(world.now + span, action)
    }

    private func run(_ action: @escaping () -> Void) {
        guard isAlive else { return }
        if pausedUntil > world.now {
            at(pausedUntil, action)
        } else {
            action()
        }
    }
}
