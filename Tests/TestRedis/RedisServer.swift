import Foundation
import Reactor

/// A redis-server of one test's own, on a free port of the loopback; killed when the last reference goes.
public final class RedisServer: Sendable {
    /// Its TCP port on 127.0.0.1.
    public let port: Int
    private let arguments: [String]
    private let process = Locked<Process?>(nil)
    private let directory: URL

    /// Why no server could be started.
    public struct Failure: Error, CustomStringConvertible {
        /// A sentence.
        public let description: String
    }

    /// Starts a server and returns when it accepts connections. Nothing is stored on disk.
    ///
    /// - Parameter arguments: further options, as `["--requirepass", "secret"]`.
    public init(_ arguments: [String] = []) throws {
        self.arguments = arguments
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var chosen: Int?
        // The port is free now and may be taken a moment later: try again.
        for _ in 0..<10 {
            let candidate = try Self.freePort()
            if let started = try? Self.launch(port: candidate, arguments, directory) {
                chosen = candidate
                process.withLock { $0 = started }
                break
            }
        }
        guard let chosen else { throw Failure(description: "redis-server did not start (is it installed?)") }
        port = chosen
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// `redis://127.0.0.1:PORT`, with a login in front of the host if one is given.
    public func url(login: String = "") -> String { "redis://\(login)127.0.0.1:\(port)" }

    /// SIGSTOP: the server keeps its sockets and answers nothing.
    public func suspend() { signal(SIGSTOP) }

    /// SIGCONT.
    public func resume() { signal(SIGCONT) }

    /// SIGKILL; all data is lost.
    public func kill() {
        guard
            let running = process.withLock({ process in
                defer { process = nil }
                return process
            })
        else { return }
        Glibc.kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
    }

    /// Starts it again, empty, on the same port.
    public func restart() throws {
        let port = port
        let started = try Self.launch(port: port, arguments, directory)
        process.withLock { $0 = started }
    }

    /// Runs one command with redis-cli and gives what it prints.
    @discardableResult
    public func cli(_ command: String...) throws -> String {
        let cli = Process()
        cli.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        cli.arguments = ["redis-cli", "-p", "\(port)"] + command
        let output = Pipe()
        cli.standardOutput = output
        try cli.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        cli.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private func signal(_ number: Int32) {
        process.withLock { process in
            if let process { Glibc.kill(process.processIdentifier, number) }
        }
    }

    private static func launch(port: Int, _ arguments: [String], _ directory: URL) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                "--dir", directory.path,
            ] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        var log = Data()
        while !log.contains("Ready to accept connections") {
            let bytes = output.fileHandleForReading.availableData
            if bytes.isEmpty {
                process.waitUntilExit()
                throw Failure(description: String(decoding: log, as: UTF8.self))
            }
            log += bytes
        }
        return process
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let answer = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard answer else { throw Failure(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

extension Data {
    fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}
