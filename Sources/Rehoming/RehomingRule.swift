/// The rules of re-homing that a simulator can break one at a time, to prove that its checker would notice.
///
/// In a release build every rule holds and the compiler knows it: asking costs nothing and there is no way to break one.
public enum RehomingRule: String, CaseIterable, Sendable {
    /// P1: the owner acknowledges to the sender's side only after the recipient's gateway stored the message.
    case acknowledgeAfterStored
    /// P2: the acknowledgement goes back on every path that presented the message.
    case acknowledgeEveryPath
    /// P3: gateway and client drop duplicates by a mark per sender.
    case dropDuplicates
    /// P4: the mark lives at the gateway, not at the node.
    case markAtGateway
    /// P5: when a route changes, all that is unacknowledged goes again, in order, before anything new.
    case resendInOrder
    /// P6: the sender's gateway replays what is unacknowledged to a new owner.
    case replayToNewOwner
    /// P7: a node that gives a session up closes its leg.
    case closeGivenUpLeg
    /// P8: a new owner parks messages until the attach arrives.
    case parkDuringGrace
    /// P9: the node keeps its copy until the client's acknowledgement.
    case keepUntilClientAck
    /// P10: the new owner of a resumed session fetches the outbox from its home.
    case fetchFromHome
    /// P11: acknowledgements to senders wait until the client confirmed the new home.
    case holdUntilHomed
    /// P12: a gateway claims to be in step only if it received the whole backlog.
    case honestSynced
    /// P13: the home marker comes behind the whole backlog.
    case markerLast
    /// P14: what follows a refused message of a stream is refused too, until the stream begins again.
    case refusedStaysRefused
    /// P15: a refused leg is closed.
    case closeRefusedLeg
    /// P16: a fetch at the old home cuts the former gateway's leg.
    case fetchCutsFormerLeg
    /// P17: the newest generation wins, and the former gateway hears that it is superseded.
    case newestGenerationWins
    /// P18: epochs never go back at any observer.
    case epochsRise
    /// P19: whoever meets a higher epoch reads the ring.
    case readHigherEpoch
    /// An owner that takes a session over keeps the messages that the gateway brings along.
    case keepBroughtBuffer
    /// Of several sessions of a user each gets the message before it is acknowledged.
    case everySessionCounts
    /// What was presented and then refused by a later owner is reported unknown, never failed.
    case presentedIsUnknown
    /// A session that left its owner takes its unconfirmed messages off the owner's promise.
    case leavingTakesBack
    /// A replayed message that its node has dealt with is not given to the application again.
    case numbersOnce
    /// A session's positions rise over all its legs and owners.
    case positionsRise
    /// An acknowledgement covers what it names, and nothing behind it.
    case receiveExactly
    /// What a leg brings that the node has ended is for no session.
    case formerLegIsForgotten
    /// What an older leg brings is nothing to the gateway's session.
    case latestAttemptOnly
    /// A session that has an owner again has all its patience again.
    case patienceIsRenewed
    /// What is kept of a session that is elsewhere is forgotten in time.
    case keptIsForgotten
    /// A client's messages wait within bounds; beyond them it is not read.
    case windowBounded
    /// A client that was not read is read again when there is room.
    case readsAgain
    /// A session's copies at its owner are within bounds.
    case outboxBounded
    /// A message that is on its way already is not sent a second time.
    case resubmittedJoins
    /// A message that the owner has already is not a second message.
    case knownEntryJoins
    /// A full table of marks declines new senders and forgets no young one.
    case youngMarksStay
    /// Senders that are silent for long are forgotten.
    case oldMarksGo
    /// Only the acknowledgement of this home's own marker confirms it.
    case confirmsThisHome
    /// During the grace nothing is accepted: a session may still be on its way.
    case graceHoldsAcceptance
    /// What was presented on a lost leg and not stored is presented on the next.
    case presentedAnew
    /// The numbers of a client's messages begin anew with its next gateway.
    case numbersBeginAnew
    /// The result of a settled message is said again when the message is replayed.
    case resultsAreRepeated
    /// Results that came while a session had no leg follow on the next.
    case missedResultsFollow
    /// Nobody is offline before the ring was read once more.
    case offlineIsConfirmed
    /// All of a stream goes under the epoch by which it was begun.
    case streamKeepsEpoch

    #if REHOMING_MUTANTS
        /// The rule that is broken now; only a simulator sets it, on its only thread.
        nonisolated(unsafe) public static var broken: RehomingRule?

        /// Whether the rule is obeyed.
        public var holds: Bool { RehomingRule.broken != self }
    #else
        /// Whether the rule is obeyed: always.
        @inlinable public var holds: Bool { true }
    #endif
}
