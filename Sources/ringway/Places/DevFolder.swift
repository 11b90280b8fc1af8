import Foundation

/// The folder of one `ringway dev`: its notes for other verbs, and the working folder of its Redis.
///
/// It lies in `$XDG_RUNTIME_DIR/ringway`, or in `/tmp/ringway-<uid>` where that is not set: both belong to one user only, so
/// nobody else can send this user's verbs to servers of theirs.
struct DevFolder: Sendable {
    private static let notesName = "cluster.json"
    private static let namePrefix = "dev-"

    /// The folder's path.
    let path: String

    /// Where the notes are.
    var notes: String { path + "/" + Self.notesName }
    /// Where Redis works.
    var redis: String { path + "/redis" }

    /// What the processes of this cluster share.
    var linkSecretFile: String { path + "/link-secret" }
    /// What nodes and verbs show to its registry.
    var tokenFile: String { path + "/registry-token" }

    /// Makes the secret and the token of this run. Nobody but their user can read them, and they go with the folder.
    func writeSecrets() throws(Failure) {
        for path in [linkSecretFile, tokenFile] {
            var generator = SystemRandomNumberGenerator()
            let text = (0..<4).map { _ in
                let digits = String(generator.next() as UInt64, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
            let bytes = Array((text + "\n").utf8)
            let count = Foundation.write(descriptor, bytes, bytes.count)
            close(descriptor)
            guard count == bytes.count else { throw Failure("\(path) cannot be written") }
        }
    }

    /// Makes the folder of this process. Folders of runs that were killed are removed.
    static func create() throws(Failure) -> DevFolder {
        let base = try openBase(create: true)
        for left in leftovers(in: base) { remove(left) }
        let folder = DevFolder(path: base + "/" + namePrefix + String(getpid()))
        remove(folder.path)
        try makeDirectory(folder.path)
        try makeDirectory(folder.redis)
        return folder
    }

    /// Writes the notes; a reader sees the whole of them or nothing.
    func write(_ cluster: DevCluster) throws(Failure) {
        let bytes = Data((cluster.json + "\n").utf8)
        do {
            try bytes.write(to: URL(fileURLWithPath: notes), options: .atomic)
        } catch {
            throw Failure("\(notes) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Removes the folder with all that is in it.
    func remove() { Self.remove(path) }

    /// The clusters that run now, the newest first.
    static func running() -> [DevCluster] {
        guard let base = try? openBase(create: false) else { return [] }
        let clusters = entries(of: base).compactMap { entry -> DevCluster? in
            guard isAlive(entry), let bytes = FileManager.default.contents(atPath: "\(entry)/\(notesName)") else {
                return nil
            }
            return try? JSONDecoder().decode(DevCluster.self, from: bytes)
        }
        return clusters.sorted { $0.startedAt > $1.startedAt }
    }

    private static func entries(of base: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        return names.filter { $0.hasPrefix(namePrefix) }.map { base + "/" + $0 }
    }

    private static func leftovers(in base: String) -> [String] { entries(of: base).filter { !isAlive($0) } }

    /// Whether the process that made the folder still runs, and is not another one that got its number.
    private static func isAlive(_ entry: String) -> Bool {
        guard let name = entry.split(separator: "/").last, let pid = Int32(name.dropFirst(namePrefix.count)) else {
            return false
        }
        let command = FileManager.default.contents(atPath: "/proc/\(pid)/comm") ?? Data()
        return String(decoding: command, as: UTF8.self).hasPrefix("ringway")
    }

    private static func remove(_ path: String) {
        // What is not there needs no removing; what cannot be removed lies in a temporary folder.
        _ = try? FileManager.default.removeItem(atPath: path)
    }

    private static func openBase(create: Bool) throws(Failure) -> String {
        let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? ""
        let path = runtime.isEmpty ? "/tmp/ringway-\(getuid())" : runtime + "/ringway"
        if create { try makeDirectory(path) }
        var facts = stat()
        guard lstat(path, &facts) == 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        // In /tmp anybody may have been first.
        guard facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == getuid(), facts.st_mode & 0o022 == 0 else {
            throw Failure("\(path) is not a folder that only user \(getuid()) can write to; remove it")
        }
        return path
    }

    private static func makeDirectory(_ path: String) throws(Failure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw Failure("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }
}
