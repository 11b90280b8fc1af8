import Foundation
import Testing

/// Every file of the corpus through its target, without libFuzzer: what was found once stays mended, and what was
/// reached once stays right.
@Suite("the corpus of scripts/fuzz")
struct CorpusTests {
    static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus")

    /// The inputs of a target by name.
    static func inputs(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = corpus.appending(path: target.rawValue)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.map { ($0, Array(try Data(contentsOf: folder.appending(path: $0)))) }
    }

    @Test("keeps every property of its target", arguments: FuzzTarget.allCases)
    func replay(target: FuzzTarget) throws {
        let inputs = try Self.inputs(of: target)
        #expect(inputs.count >= 5, "too few inputs to mean anything")
        for (name, bytes) in inputs { Self.expect(target, bytes, "\(target.rawValue)/\(name)") }
    }

    @Test("cut off anywhere keeps them too", arguments: FuzzTarget.allCases)
    func truncated(target: FuzzTarget) throws {
        for (name, bytes) in try Self.inputs(of: target) where bytes.count < 200 {
            for count in bytes.indices { Self.expect(target, Array(bytes[..<count]), "\(count) bytes of \(name)") }
        }
    }

    private static func expect(_ target: FuzzTarget, _ bytes: [UInt8], _ name: String) {
        bytes.withUnsafeBytes { buffer in
            do throws(Finding) {
                try target.run(buffer)
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }
}
