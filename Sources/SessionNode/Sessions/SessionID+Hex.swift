import SessionLink

extension SessionID {
    /// Appends the thirty-two hex digits that `welcome.session` shows, without building a `String` on the way.
    func appendHex(to text: inout [UInt8]) {
        for word in [first, second] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: (word >> UInt64(shift)) & 15)
                text.append(digit < 10 ? 48 + digit : 87 + digit)
            }
        }
    }
}
