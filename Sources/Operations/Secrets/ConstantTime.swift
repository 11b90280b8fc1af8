/// Comparing secrets so that how long it takes tells nothing of where they differ.
enum ConstantTime {
    /// Whether both are the same; looks at every byte of `candidate`, whatever the first of them are. The time depends on
    /// the lengths alone, and an attacker knows the length of what it sends.
    ///
    /// Not inlined, so that no caller's knowledge of the result lets the optimiser leave the loop early.
    @inline(never)
    static func equal(_ candidate: [UInt8], _ secret: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return candidate.isEmpty }
        var difference = candidate.count ^ secret.count
        for index in candidate.indices { difference |= Int(candidate[index] ^ secret[index % secret.count]) }
        return difference == 0
    }
}
