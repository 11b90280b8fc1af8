import Foundation

/// A certificate authority and leaves of one test's own, made with the openssl program; removed with the last reference.
public final class Certificates: Sendable {
    private let directory: URL

    /// What the openssl program said.
    public struct Failure: Error {
        /// Its output.
        public let output: String
    }

    /// A new authority.
    public init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path("ca.key"),
            "-out", path("ca.pem"), "-days", "2", "-subj", "/CN=Test Authority")
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// What clients trust.
    public var authority: String { path("ca.pem") }

    /// Where a file of this name is, or would be.
    public func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// A leaf for these names, as `DNS:node.example,IP:127.0.0.1`.
    public func leaf(_ name: String, for names: String, expired: Bool = false) throws -> (chain: String, key: String) {
        let (key, request, chain) = (path("\(name).key"), path("\(name).csr"), path("\(name).pem"))
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
            "-subj",
            "/CN=\(name)")
        let extensions = path("\(name).ext")
        try "subjectAltName=\(names)\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        guard expired else {
            try openssl(
                "x509", "-req", "-in", request, "-CA", authority, "-CAkey", path("ca.key"), "-CAcreateserial", "-out",
                chain,
                "-extfile", extensions, "-days", "2")
            return (chain, key)
        }
        // `openssl x509` of 3.0 takes no dates, `openssl ca` does.
        try "".write(toFile: path("index"), atomically: true, encoding: .utf8)
        let config = """
            [ca]
            default_ca=d
            [d]
            database=\(path("index"))
            new_certs_dir=\(directory.path)
            rand_serial=yes
            default_md=sha256
            policy=p
            [p]
            commonName=supplied
            """
        try config.write(toFile: path("ca.conf"), atomically: true, encoding: .utf8)
        try openssl(
            "ca", "-batch", "-config", path("ca.conf"), "-cert", authority, "-keyfile", path("ca.key"), "-in", request,
            "-out",
            chain, "-notext", "-extfile", extensions, "-startdate", "20200101000000Z", "-enddate", "20200102000000Z")
        return (chain, key)
    }

    /// Runs the openssl program.
    public func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: String(decoding: text, as: UTF8.self)) }
    }
}
