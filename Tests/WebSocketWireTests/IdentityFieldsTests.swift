import Testing

@testable import WebSocketWire

@Suite struct IdentityFieldsTests {
    private func head(_ text: String) throws -> HTTPHead {
        guard case .head(let head, _) = Array(text.utf8).withUnsafeBytes({ HTTPHead.parse($0) }) else { throw NoHead() }
        return head
    }

    private struct NoHead: Error {}

    @Test(arguments: [
        "X-Ringway-User", "x-ringway-user", "X-RINGWAY-USER", "x_ringway_user", "X_Ringway-User", "X-Ringway_User",
        "x-RingWay-uSER", "X_RINGWAY_USER", "X-Ringway", "x_ringway", "X-Ringway-", "X-Ringway--User", "X.Ringway.User",
        "X~Ringway~User", "X'ringway'user", "X!ringway-user", "X-Ringway-Session", "X-Ringway-Node", "X*ringway-epoch",
        "X-Ringway-Service", "X-Ringway-Peer", "X|Ringway|User", "X`Ringway`User", "X-Ringway.User", "X+Ringway-1",
    ])
    func `a field by which our processes name somebody is dropped in every spelling`(_ name: String) throws {
        let sent = try head(Request().adding("\(name): smuggled").adding("X-Other: kept").text)
        #expect(sent.fields.lookup(name) == .one(Array("smuggled".utf8)))
        let kept = sent.withoutIdentityFields()
        #expect(kept.fields.lookup(name) == .absent)
        #expect(kept.fields.count == sent.fields.count - 1)
        #expect(kept.fields.lookup("X-Other") == .one(Array("kept".utf8)))
        #expect(kept.target == sent.target && kept.isGET)
        #expect(HTTPHead.isIdentityField(name))
    }

    @Test(arguments: [
        "X-Ringwayuser", "X-Ringwa-User", "XRingway-User", "Ringway-User", "X-X-Ringway-User", "X-Ringvay-User",
        "Xx-Ringway",
        "X-Ringer", "X--Ringway",
    ])
    func `other fields stay`(_ name: String) throws {
        let sent = try head(Request().adding("\(name): 1").text)
        #expect(sent.withoutIdentityFields().fields.count == sent.fields.count)
        #expect(!HTTPHead.isIdentityField(name))
    }

    @Test(arguments: [
        ("/chat", "/chat"), ("/chat?", "/chat?"), ("/chat?token=x", "/chat"),
        ("/chat?a=1&token=x&b=2", "/chat?a=1&b=2"),
        ("/chat?token=x&token=y", "/chat"), ("/chat?%74oken=x&a", "/chat?a"), ("/chat?token", "/chat"),
        ("/chat?a=token=x", "/chat?a=token=x"), ("/chat?Token=x&tokens=y", "/chat?Token=x&tokens=y"),
        ("/token=x?token=x=y", "/token=x"), ("/chat?a=%26token=x", "/chat?a=%26token=x"),
        ("/chat?token=x&&b", "/chat?&b"),
    ])
    func `a secret leaves the target and everything else stays as it was sent`(_ target: String, _ kept: String) throws
    {
        let head = try head(Request().with { $0.line = "GET \(target) HTTP/1.1" }.text)
        #expect(head.target(withoutQueryParameter: "token") == kept)
    }
}
