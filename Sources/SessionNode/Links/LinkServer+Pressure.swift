import ClusterModel
import Reactor

extension LinkServer {
    /// Lets go of the sessions for which most waits: their clients do not read.
    func memoryShort(_ bytes: Int, on loop: EventLoop) -> Int {
        var freed = 0
        for (session, byteCount) in context.backlogs.largestFirst where freed < bytes {
            context.close(session, .slowConsumer)
            freed += byteCount
        }
        context.tellHeld()
        return freed
    }
}

extension NodeContext {
    /// Tells the loop what waits in the backlogs, so that it counts as held memory.
    func tellHeld() {
        loop.heldElsewhere += backlogs.byteCount - toldBacklog
        toldBacklog = backlogs.byteCount
    }
}
