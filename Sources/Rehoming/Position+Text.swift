extension Position {
    /// Reads what `description` writes; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let epoch = UInt64(parts[0]), let k = UInt64(parts[1])
        else { return nil }
        self.init(epoch: epoch, k: k)
    }
}
