import ClusterModel
import HashRing

/// What the HTTP routes ask of a service.
extension RegistryLoop {
    /// The ring that was stored last; `nil` if none ever was.
    func ring() throws(Failure) -> RingSnapshot? {
        try resumed()
        return machine.held
    }

    /// The nodes, the settings, and how long each node was silent.
    func picture() throws(Failure) -> ServicePicture {
        try resumed()
        return ServicePicture(machine, at: now)
    }

    /// Why the service is not in order, in words; empty if it is.
    func complaints() -> [String] {
        if let waitingFor { return ["\(service): not resumed: \(waitingFor)"] }
        var complaints: [String] = []
        if let unwritten = machine.unwritten { complaints.append("\(service): not stored yet: \(unwritten)") }
        if machine.membership.isFrozen { complaints.append("\(service): too many nodes silent at once, ring frozen") }
        return complaints
    }

    /// Takes a registration after the node was called back. Answers the epoch in force, which may still be without it.
    func register(_ registration: NodeRegistration) async throws(Failure) -> Epoch? {
        try resumed()
        let record = registration.record
        // One run has one key: who says to be a run that registered here, with another key, is not it.
        if let key = proofKeys[record], key != registration.proofKey, machine.isLive(record) {
            throw .refused(.otherIncarnation(record.id, holding: record.incarnation))
        }
        var gone: Incarnation?
        switch machine.admission(of: record) {
        case .refuse(let error): throw .refused(.invalid(error))
        case .known where proofKeys[record] == registration.proofKey: break
        // Known from the store alone: whoever says so now proves it first.
        case .known, .callBack: try await callBack(registration)
        case .held(let holder):
            let verdict = await call(holder, key: proofKeys[holder])
            guard verdict.provesGone(holder) else {
                throw .refused(.otherIncarnation(record.id, holding: holder.incarnation))
            }
            gone = holder.incarnation
            try await callBack(registration)
        }
        let actions: [ServiceMachine.Action]
        do throws(ServiceMachine.Refusal) {
            actions = try machine.register(record, replacing: gone, at: now)
        } catch {
            throw .refused(error)
        }
        proofKeys[record] = registration.proofKey
        proofKeys.keep(only: machine.membership.all.map(\.record))
        counters.registrations.add()
        start(actions)
        return machine.held?.epoch
    }

    /// Takes a heartbeat; answers the epoch in force.
    func heartbeat(_ id: NodeID, _ heartbeat: Heartbeat) throws(Failure) -> Epoch? {
        try resumed()
        counters.heartbeats.add()
        try refusing { (machine) throws(ServiceMachine.Refusal) in try machine.heartbeat(id, heartbeat, at: now) }
        return machine.held?.epoch
    }

    /// Takes what a gateway suspects of a node.
    func suspect(_ id: NodeID, _ suspicion: Suspicion) throws(Failure) {
        try resumed()
        counters.suspicions.add()
        logger.debug(
            "a node is suspected",
            metadata: ["node": "\(id)", "by": "\(suspicion.by)", "reason": "\(suspicion.reason.rawValue)"])
        start(try refusing { (machine) throws(ServiceMachine.Refusal) in try machine.suspect(id, suspicion, at: now) })
    }

    /// Sees to it that the node gets no new users.
    func drain(_ id: NodeID) throws(Failure) {
        try resumed()
        start(try refusing { (machine) throws(ServiceMachine.Refusal) in try machine.drain(id, at: now) })
    }

    /// Takes the node off the ring.
    func leave(_ id: NodeID, _ incarnation: Incarnation?) throws(Failure) {
        try resumed()
        start(try refusing { (machine) throws(ServiceMachine.Refusal) in try machine.leave(id, incarnation, at: now) })
    }

    /// Takes the word of a person that all silent nodes are gone.
    func confirmLoss() throws(Failure) {
        try resumed()
        start(machine.confirmLoss(at: now))
    }

    /// Changes settings: checked, then kept by the store, then in force with the next epoch.
    func change(settings json: [UInt8]) async throws(Failure) -> ServiceSettings {
        try resumed()
        let wanted: ServiceSettings
        do throws(FieldError) {
            wanted = try machine.settings.changed(by: json)
        } catch {
            throw .refused(.invalid(error))
        }
        let checked = try refusing { (machine) throws(ServiceMachine.Refusal) in try machine.checked(wanted) }
        do throws(ServiceStoreError) {
            try await store.save(checked)
        } catch {
            throw .store(error)
        }
        machine.adopt(checked, at: now)
        wake()
        return checked
    }

    /// The newest entries of the history.
    func events(count: Int) async throws(Failure) -> [StoredEvent] {
        do throws(ServiceStoreError) {
            return try await store.events(count: count)
        } catch {
            throw .store(error)
        }
    }

    private func callBack(_ registration: NodeRegistration) async throws(Failure) {
        let verdict = await call(registration.record, key: registration.proofKey)
        guard verdict.confirms(registration.record) else { throw .callBackFailed(verdict) }
    }

    func call(_ record: NodeRecord, key: ProofKey?) async -> ProbeVerdict {
        await caller.call(
            record, key: key, service: service, epoch: machine.held?.epoch, deadline: timing.callBack)
    }

    private func resumed() throws(Failure) {
        if let waitingFor { throw .notResumed(waitingFor) }
    }

    private func refusing<Answer>(
        _ body: (inout ServiceMachine) throws(ServiceMachine.Refusal) -> Answer
    ) throws(Failure) -> Answer {
        do throws(ServiceMachine.Refusal) {
            return try body(&machine)
        } catch {
            throw .refused(error)
        }
    }
}
