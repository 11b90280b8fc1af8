import Foundation

/// Finds programs: ours beside this one, others in PATH.
enum Executables {
    /// The path of a program of ours.
    static func own(_ name: String) throws(Failure) -> String {
        guard let me = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw Failure("/proc/self/exe cannot be read; is /proc mounted?")
        }
        let folder = (me as NSString).deletingLastPathComponent
        let path = folder + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure("\(name) is missing in \(folder); expected beside ringway (swift build makes all four)")
        }
        return path
    }

    /// The path of a program of the system; nil if it is not installed. `/usr/sbin` is often not in a user's PATH.
    static func system(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin", "/usr/sbin"]
        return folders.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
