import ArgumentParser
import CLinux
import Foundation

/// Becomes another program that dies with `ringway dev`. Not for people.
struct ChildVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "child", abstract: "Become a program that is killed when its parent dies.", shouldDisplay: false)

    @Option(help: "Process that must be the parent.")
    var parent: Int32

    @Argument(parsing: .postTerminator, help: "Path of the program and its arguments, behind `--`.")
    var command: [String]

    func run() throws {
        guard let program = command.first else { throw ValidationError("a program is missing behind `--`") }
        // SIGKILL, since a parent that vanished can do no second step. The mark survives exec.
        guard clinux_signal_when_parent_dies(SIGKILL) == 0 else {
            throw Failure("prctl(PR_SET_PDEATHSIG): \(String(cString: strerror(errno)))")
        }
        // It may have died before the kernel was asked.
        guard getppid() == parent else { throw Failure("the parent \(parent) is gone") }
        _ = CStrings.withArray(command) { execv(program, $0) }
        throw Failure("\(program): \(String(cString: strerror(errno)))")
    }
}
