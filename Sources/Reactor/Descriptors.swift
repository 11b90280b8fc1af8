import CLinux
import Glibc

/// What the process may open, and has open.
public enum Descriptors {
    /// The most descriptors this process may have open, after raising the soft limit to the hard one.
    public static func raisedLimit() -> Int { Int(clamping: clinux_raise_descriptor_limit()) }

    /// How many it has open now. Reads /proc; 0 where there is none.
    public static func openNow() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            // Not "." and "..".
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        // One of them is the folder itself.
        return max(0, count - 1)
    }
}
