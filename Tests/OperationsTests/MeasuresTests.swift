import Testing

@testable import Operations

@Suite struct MeasuresTests {
    @Test(arguments: [
        ("0ms", Duration.zero, "0ms"), ("200ms", .milliseconds(200), "200ms"), ("1000ms", .seconds(1), "1s"),
        ("90s", .seconds(90), "90s"), ("5m", .seconds(300), "5m"), ("2h", .seconds(7200), "2h"),
    ])
    func `a duration is a whole number and a unit`(_ text: String, _ duration: Duration, _ written: String) {
        #expect(DurationText.duration(text) == duration)
        #expect(DurationText.text(duration) == written)
    }

    @Test(arguments: [
        ("0", 0, "0"), ("7", 7, "7B"), ("65536", 65536, "64KiB"), ("1MiB", 1 << 20, "1MiB"), ("3GiB", 3 << 30, "3GiB"),
    ])
    func `a size is a whole number and perhaps a unit`(_ text: String, _ bytes: Int, _ written: String) {
        #expect(SizeText.bytes(text) == bytes)
        #expect(SizeText.text(bytes) == written)
    }

    @Test(arguments: ["", "s", "-1s", "1 s", "1S", "1us", "1e3s", "٣s", "9223372036854775807h"])
    func `what is not a duration has none`(_ text: String) {
        #expect(DurationText.duration(text) == nil)
    }

    @Test(arguments: ["", "KiB", "-1", "1kb", "1MB", "1.5MiB", "9223372036854775807GiB"])
    func `what is not a size has none`(_ text: String) {
        #expect(SizeText.bytes(text) == nil)
    }
}
