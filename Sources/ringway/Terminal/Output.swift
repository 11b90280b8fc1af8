import Foundation

/// Whole pieces of text to standard output and standard error, each in one write, so that two threads never mix a line.
enum Output {
    /// A line to standard output.
    static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// A server's JSON as it came, on a line of its own.
    static func say(json body: [UInt8]) {
        let text = String(decoding: body, as: UTF8.self)
        say(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    /// A line to standard error.
    static func note(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Bytes to a descriptor. A reader that went away (a closed pipe) ends the text, not the program.
    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count == 0 || errno != EINTR {
                    return
                }
            }
        }
    }
}
