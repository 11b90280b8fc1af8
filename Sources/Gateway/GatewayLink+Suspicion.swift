import ClusterModel
import Glibc
import Reactor

extension GatewayLink {
    /// What the end of this link's socket says of its node; nil if it says nothing, since we ended it or were not believed.
    func suspicion(_ reason: CloseReason) -> Suspicion.Reason? {
        if dismissed { return nil }
        switch reason {
        case .peer, .error: return .reset
        // A process that is killed says no goodbye, which to TLS is a fault; before the link was open it is one.
        case .tls: return phase == .ready ? .reset : nil
        case .connectFailed(ECONNREFUSED): return .refused
        case .connectFailed, .timedOut: return .silent
        case .local: return silent ? .silent : nil
        }
    }
}
