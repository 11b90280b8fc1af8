import Operations
import SessionNode

@main
enum Main {
    static func main() async {
        await NodeProcess.run(choosing: NodeProcess.builtIn)
    }
}
