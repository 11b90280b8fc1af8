import Edge
import Operations
import WebSocketWire

extension EdgeLimits {
    /// The bounds that the settings of a gateway or a node ask for.
    public init(_ settings: Settings) {
        self.init()
        headTime = settings[LimitSettings.headWithin]
        message = MessageLimits(
            maxMessageBytes: settings[LimitSettings.maxMessage], maxFrames: settings[LimitSettings.maxFrames])
        queueBytes = max(settings[LimitSettings.maxQueue], settings[LimitSettings.maxMessage])
        controlFramesPerSecond = UInt32(clamping: settings[LimitSettings.maxControls])
        keepAlive = KeepAlive.Policy(
            idle: settings[LimitSettings.pingAfter], answerWithin: settings[LimitSettings.pongWithin])
    }
}
