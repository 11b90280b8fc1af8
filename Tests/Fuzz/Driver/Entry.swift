import FuzzTargets
import Glibc

// libFuzzer's entry points. One program holds all targets, so that one build serves them; RINGWAY_FUZZ_TARGET says
// which one runs.

private let chosen: FuzzTarget = {
    let name = getenv("RINGWAY_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    if let target = FuzzTarget(rawValue: name) { return target }
    complain("RINGWAY_FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
    exit(64)
}()

private func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
}

/// Runs one input; a property that does not hold ends the process, which libFuzzer takes as a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(Finding) {
        try chosen.run(UnsafeRawBufferPointer(start: start, count: count))
    } catch {
        complain("FINDING: \(chosen.rawValue): \(error)")
        abort()
    }
    return 0
}
