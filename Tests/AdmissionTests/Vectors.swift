// Keys and tokens made with PyPI's cryptography 46: nothing of ours had a hand in them.

/// One key and one token of each algorithm; the tokens are alice's for chat, until the year 2100.
enum Vectors {
    /// Unix seconds at which all tokens are good.
    static let now: Int64 = 1_800_000_000
    /// All four public keys as a key set.
    static let keySet = """
        {"keys":[{"kty":"oct","kid":"h","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},{"kty":"RSA","kid":"r\
        ","alg":"RS256","use":"sig","n":"oF1UAXfsYmnYKPQv8mk432_XeWW1gPt-EWYatQ62LfAHOFbGkTOTRaHqBsh2yXcms60pGYi\
        rYP-givNfvS-FsOukuHbsM8NoEg7nbHjZrok0l4BKiKwPeLQjXXexQoMxGGmtjsWmHhVscB6ccSXybeU1jT3U-TuHBlBbPnJKpcTZoLW\
        dqKnbY7X-vqyAqj39ZM4HX4U040DZtgQtKhpR1UrHQfJYGMIsws0vDpqzH30oCs582p-rANrWQl24fmoET3X3SZBPpgVu6JIj4a-8HrU\
        N1R3u9DGL0ENrWby--2xTC0nO4mEcqjJG1Kc94zjer8s545IPowqgGYBVZI3fGw","e":"AQAB"},{"kty":"EC","kid":"e","crv"\
        :"P-256","x":"7gzL8vZ_TrP_b56suTpMomawlxGy9hHq8v_OK8StqC4","y":"evbeSay8LwaQguKF6rYo96cmI-V-JjRZ9T5PW1NE\
        qT0"},{"kty":"OKP","kid":"d","crv":"Ed25519","x":"OY4-k9aH_nbNnpLR59fGmhomvr5Bo1YE2xyrGykkplI"}]}
        """
    /// The RSA key.
    static let rsaPEM = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoF1UAXfsYmnYKPQv8mk4
        32/XeWW1gPt+EWYatQ62LfAHOFbGkTOTRaHqBsh2yXcms60pGYirYP+givNfvS+F
        sOukuHbsM8NoEg7nbHjZrok0l4BKiKwPeLQjXXexQoMxGGmtjsWmHhVscB6ccSXy
        beU1jT3U+TuHBlBbPnJKpcTZoLWdqKnbY7X+vqyAqj39ZM4HX4U040DZtgQtKhpR
        1UrHQfJYGMIsws0vDpqzH30oCs582p+rANrWQl24fmoET3X3SZBPpgVu6JIj4a+8
        HrUN1R3u9DGL0ENrWby++2xTC0nO4mEcqjJG1Kc94zjer8s545IPowqgGYBVZI3f
        GwIDAQAB
        -----END PUBLIC KEY-----
        """
    /// The P-256 key.
    static let ecPEM = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7gzL8vZ/TrP/b56suTpMomawlxGy
        9hHq8v/OK8StqC569t5JrLwvBpCC4oXqtij3pyYj5X4mNFn1Pk9bU0SpPQ==
        -----END PUBLIC KEY-----
        """
    /// The Ed25519 key.
    static let edPEM = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAOY4+k9aH/nbNnpLR59fGmhomvr5Bo1YE2xyrGykkplI=
        -----END PUBLIC KEY-----
        """
    /// An RSA key of 1,024 bits.
    static let smallRSAPEM = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDDBjqz5EubAztmRVG5ZhUr8fNN
        /4vj0m7K9Goalz1nvVN7xAL4dTXb60rG9On9oRDxCLTQnYavN3ZAISLFXlfWI3Dx
        EL9gQhYLnsr4lHhzijvj7Fj2aDZoWP8T8cSo3InsLfPj9wblUBbhzMjFEaAs3e83
        JBKLfTuaNqHFanxVawIDAQAB
        -----END PUBLIC KEY-----
        """
    /// A key on P-384.
    static let p384PEM = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEdJe3BJHdyVOUeeN9Jg/2RWrV2Fqad47S
        UPaYKOQwajsYPTsdD96RqV9aqL04zHJKg0nHHjPxeESBr55Ayuy7bYxRzVtTJhmL
        ovWKkmyDp8NxaonQeQa1Mdb2ZqlPHPE+
        -----END PUBLIC KEY-----
        """
    /// A token for HS256.
    static let hs256 = """
        eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAiaCJ9.eyJzdWIiOiAiYWxpY2UiLCAiYXVkIjogImNoYXQiLCAiZXh\
        wIjogNDEwMjQ0NDgwMH0.7WiGX8aJ3-HasmL4TQUNhMdXppcOzOXzbmVrPtWrGy0
        """
    /// A token for RS256.
    static let rs256 = """
        eyJhbGciOiAiUlMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAiciJ9.eyJzdWIiOiAiYWxpY2UiLCAiYXVkIjogImNoYXQiLCAiZXh\
        wIjogNDEwMjQ0NDgwMH0.n0yVGinV3U6QRXSuXcgun8vxp4KV_LC3DyzqdLRLAlYFsJuopPmOZEG_Cj0EiioG_0D2xF80yOOzXfD78lf\
        2uOfaGD9-3mdx-Zj72Kerh0RSI2iXykq3fajGzXWd0l0EyLKTOd6H9Iva3Wbg8TNluckTIL_kGzeCRuGQx3OdVgUooqEcANd-f_5hGLP\
        5goFtlrGoD0peubcQ4mRKqV8hnsUEyOIejjUrFTv1d-WzdNhwVFFk1koaUnoHu8tnGDkZFNpuGKOVd7N49k50xm5U9IuJ1jifkNRSiQu\
        cW4KLfJp00c6fqMoiOg6Gt1IwqzZWNsuOH5ENa_8rpfgPfmoIjw
        """
    /// A token for ES256.
    static let es256 = """
        eyJhbGciOiAiRVMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAiZSJ9.eyJzdWIiOiAiYWxpY2UiLCAiYXVkIjogImNoYXQiLCAiZXh\
        wIjogNDEwMjQ0NDgwMH0.PJb8E491z-1k0ESFITZeRK5lykiESredVsLlSI-lfEe4iQvGOoiAb80JQ4VW7rMJk5vSaupvLNZhI59FUI8\
        LvQ
        """
    /// A token for EdDSA.
    static let eddsa = """
        eyJhbGciOiAiRWREU0EiLCAidHlwIjogIkpXVCIsICJraWQiOiAiZCJ9.eyJzdWIiOiAiYWxpY2UiLCAiYXVkIjogImNoYXQiLCAiZXh\
        wIjogNDEwMjQ0NDgwMH0.yNhWvLC4xsKP6LQ3ppqr89yBDAxu7R1cUuG0Q5B0sJZg1Qa7mKUUrLKXwEg4D-S9WcUSKHvHPq4zbnHeBcJ\
        oAw
        """
    /// The modulus of the small RSA key.
    static let smallRSAModulus = """
        wwY6s-RLmwM7ZkVRuWYVK_HzTf-L49JuyvRqGpc9Z71Te8QC-HU12-tKxvTp_aEQ8Qi00J2Grzd2QCEixV5X1iNw8RC_YEIWC57K-JR4\
        c4o74-xY9mg2aFj_E_HEqNyJ7C3z4_cG5VAW4czIxRGgLN3vNyQSi307mjahxWp8VWs
        """
    /// The modulus of the RSA key.
    static let rsaModulus = """
        oF1UAXfsYmnYKPQv8mk432_XeWW1gPt-EWYatQ62LfAHOFbGkTOTRaHqBsh2yXcms60pGYirYP-givNfvS-FsOukuHbsM8NoEg7nbHjZ\
        rok0l4BKiKwPeLQjXXexQoMxGGmtjsWmHhVscB6ccSXybeU1jT3U-TuHBlBbPnJKpcTZoLWdqKnbY7X-vqyAqj39ZM4HX4U040DZtgQt\
        KhpR1UrHQfJYGMIsws0vDpqzH30oCs582p-rANrWQl24fmoET3X3SZBPpgVu6JIj4a-8HrUN1R3u9DGL0ENrWby--2xTC0nO4mEcqjJG\
        1Kc94zjer8s545IPowqgGYBVZI3fGw
        """
}
