/// Lends a copy of `bytes` in memory of exactly their size, so that AddressSanitizer sees the first byte read behind.
func withExactCopy<Result>(
    of bytes: some Collection<UInt8>, _ body: (UnsafeMutableRawBufferPointer) throws(Finding) -> Result
) throws(Finding) -> Result {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try body(copy)
}
