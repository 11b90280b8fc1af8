import Edge
import Testing

@testable import Admission
@testable import Operations

@Suite("Limits from settings")
struct EdgeLimitsTests {
    @Test("every limit is the setting's value")
    func read() throws {
        let outcome = SettingsLoader.load(
            .gateway,
            arguments: [
                "--max-message", "2KiB", "--max-frames", "7", "--max-queue", "128KiB", "--max-controls", "9",
                "--ping-after", "3s", "--pong-within", "200ms", "--head-within", "4s",
            ], environment: [:]
        ) { _ in "" }
        guard case .run(let settings) = outcome else {
            Issue.record("refused")
            return
        }
        let limits = EdgeLimits(settings)
        #expect(limits.message.maxMessageBytes == 2048)
        #expect(limits.message.maxFrames == 7)
        #expect(limits.queueBytes == 128 << 10)
        #expect(limits.controlFramesPerSecond == 9)
        #expect(limits.keepAlive == .init(idle: .seconds(3), answerWithin: .milliseconds(200)))
        #expect(limits.headTime == .seconds(4))
    }
}
