extension Ring {
    /// Up to `count` different nodes in the order in which they would own `hash` if the ones before them were gone.
    ///
    /// The first is the owner. With `zones`, nodes of zones not met before come first (Ring v1 §6). O(points) at worst;
    /// usually a few entries per node asked for.
    public func owners(ofHash hash: UInt64, count: Int, zones preferOtherZones: Bool = false) -> [NodeID] {
        guard count > 0, !isEmpty else { return [] }
        let walk = walk(from: hash, limit: preferOtherZones ? nodes.count : count)
        guard preferOtherZones else { return walk.map { nodes[$0] } }
        var met: Set<String> = []
        var newZone: [Int] = []
        var sameZone: [Int] = []
        for node in walk {
            if met.insert(zones[node]).inserted { newZone.append(node) } else { sameZone.append(node) }
        }
        return (newZone + sameZone).prefix(count).map { nodes[$0] }
    }

    /// Node indices in the order in which a clockwise turn first meets them.
    private func walk(from hash: UInt64, limit: Int) -> [Int] {
        var seen = [Bool](repeating: false, count: nodes.count)
        var found: [Int] = []
        let start = index.entry(atOrAfter: hash)
        for step in 0..<index.count {
            let node = Int(index.owners[(start + step) % index.count])
            if seen[node] { continue }
            seen[node] = true
            found.append(node)
            if found.count == limit { break }
        }
        return found
    }
}
