import Rehoming
import RehomingSimulator

#if canImport(Glibc)
    import Glibc
#endif

let options = Options(Array(CommandLine.arguments.dropFirst()))
if let problem = options.problem {
    print(problem)
    print(Options.usage)
    exit(2)
}
do {
    exit(try options.run() ? 0 : 1)
} catch {
    print("\(error)")
    exit(2)
}
