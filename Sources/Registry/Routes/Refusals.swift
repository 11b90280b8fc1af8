import ClusterModel
import Operations

/// Every way a request is not granted, as status, code and words.
extension AdminAnswer {
    /// The store is away or was not read yet; everything is as it was, and asking again helps.
    static func unavailable(_ reason: String) -> AdminAnswer {
        .error(
            503, "store_unavailable", "the store of the ring is not reachable: \(reason)", headers: ["Retry-After": "1"]
        )
    }

    /// What an error means to the caller.
    static func refusal(_ error: any Error) -> AdminAnswer {
        switch error {
        case let error as RegistryLoop.Failure: refusal(error)
        case let error as FieldError: field(error)
        case PlanPreview.Failure.unknownNode(let id): .error(404, "unknown_node", "node \(id) is not on the ring")
        case PlanPreview.Failure.invalid(let error): field(error)
        case PlanPreview.Failure.ring(let error): .error(400, "invalid_ring", "the nodes would make no ring: \(error)")
        default: .error(500, "internal", "something went wrong: \(error)")
        }
    }

    private static func refusal(_ failure: RegistryLoop.Failure) -> AdminAnswer {
        switch failure {
        case .notResumed(let reason): unavailable(reason)
        case .store(let error): unavailable(error.description)
        case .callBackFailed(let verdict):
            .error(502, "call_back_failed", "the node was not found at the address it gave: \(verdict.summary)")
        case .refused(.unknown(let id)):
            .error(404, "unknown_node", "node \(id) is not known or is down; register again")
        case .refused(.otherIncarnation(let id, let holding)):
            .error(
                409, "stale_incarnation",
                "node \(id) is held by incarnation \(holding), which is alive; stop that process or use another id")
        case .refused(.invalid(let error)): field(error)
        }
    }

    /// 400 that names the member: always in the words, and in the code where the name is one of ours.
    private static func field(_ error: FieldError) -> AdminAnswer {
        let code =
            switch error {
            case .notJSON: "invalid_json"
            case .missing(let name), .invalid(let name, _): "invalid_\(name)"
            case .repeated, .unknown: "invalid_request"
            }
        return .error(400, code, error.description)
    }
}
