using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Tests.Webhooks;

public class WebhookUrlTests
{
    private static readonly NetworkRules LoopbackOpened = new(NetworkRules.Parse("127.0.0.0/8"));

    [Theory]
    [
        InlineData("https://example.com"),
        InlineData("http://example.com/a?b=c"),
        InlineData("https://example.com:8443/"),
        InlineData("https://xn--bcher-kva.example/")
    ]
    [InlineData("https://8.8.8.8/"), InlineData("https://[2606:4700::1111]/")]
    public void A_public_receiver_is_good(string url) => Assert.Null(WebhookUrl.Fault(url, NetworkRules.Default, out _));

    [Theory]
    [
        InlineData("ftp://example.com/"),
        InlineData("file:///etc/passwd"),
        InlineData("gopher://example.com/"),
        InlineData("javascript:alert(1)"),
        InlineData("/hook"),
        InlineData("example.com"),
        InlineData("")
    ]
    [
        InlineData("https://user@example.com/"),
        InlineData("https://user:pass@example.com/"),
        InlineData("https://example.com/\r\nX: 1"),
        InlineData("https://exa\tmple.com/"),
        InlineData("https://exam\nple.com/")
    ]
    [
        InlineData(" https://example.com/"),
        InlineData("https://example.com/a b"),
        InlineData("https://bücher.example/"),
        InlineData("http://a#@127.0.0.1/"),
        InlineData("http://a\\@127.0.0.1/")
    ]
    [
        InlineData("https://example.com:0/"),
        InlineData("https://example.com:25/"),
        InlineData("https://example.com:5432/"),
        InlineData("https://example.com:70000/"),
        InlineData("https://example.com:6379/")
    ]
    public void What_is_not_a_plain_web_address_is_refused(string url) =>
        Assert.Equal("invalidUrl", WebhookUrl.Fault(url, NetworkRules.Default, out _));

    [Fact]
    public void Length_is_limited()
    {
        Assert.Equal(
            "invalidUrl",
            WebhookUrl.Fault("https://example.com/" + new string('a', 10_000), NetworkRules.Default, out _)
        );
        Assert.Equal("invalidUrl", WebhookUrl.Fault("https://" + new string('a', 65_000) + "/", NetworkRules.Default, out _));
        Assert.Equal(
            "invalidUrl",
            WebhookUrl.Fault(
                "https://" + string.Concat(Enumerable.Repeat("abcdefg.", 40)) + "com/",
                NetworkRules.Default,
                out _
            )
        );
    }

    [Theory]
    [
        InlineData("127.0.0.1"),
        InlineData("localhost"),
        InlineData("LOCALHOST"),
        InlineData("a.localhost"),
        InlineData("127.1"),
        InlineData("2130706433"),
        InlineData("0x7f000001"),
        InlineData("0177.0.0.1"),
        InlineData("0x7f.1")
    ]
    [
        InlineData("[::1]"),
        InlineData("x@127.0.0.1"),
        InlineData("127.8.9.10"),
        InlineData("[::ffff:127.0.0.1]"),
        InlineData("[0:0:0:0:0:ffff:7f00:1]"),
        InlineData("①②⑦.⓪.⓪.①"),
        InlineData("127。0。0。1")
    ]
    [
        InlineData("１２７.0.0.1"),
        InlineData("localhost."),
        InlineData("127.0.0.1."),
        InlineData("0"),
        InlineData("[::]"),
        InlineData("[::127.0.0.1]"),
        InlineData("[fe80::1%25lo]"),
        InlineData("169.254.169.254"),
        InlineData("[fd00:ec2::254]")
    ]
    public void A_literal_address_in_a_denied_network_has_a_code_of_its_own(string host)
    {
        Assert.Equal("addressNotAllowed", WebhookUrl.Fault($"http://{host}/", NetworkRules.Default, out _));
        Assert.Equal("addressNotAllowed", WebhookUrl.Fault($"http://{host}:5432/", NetworkRules.Default, out _));
    }

    [Fact]
    public void An_opened_address_may_have_any_port_and_a_name_may_not()
    {
        Assert.Null(WebhookUrl.Fault("http://127.0.0.1:81/", LoopbackOpened, out _));
        Assert.Null(WebhookUrl.Fault("http://localhost:5432/", LoopbackOpened, out _));
        Assert.Equal("invalidUrl", WebhookUrl.Fault("http://receiver:81/", LoopbackOpened, out _));
        Assert.Equal("invalidUrl", WebhookUrl.Fault("http://127.0.0.1:0/", LoopbackOpened, out _));
    }

    [Theory]
    [
        InlineData("X-Order", true),
        InlineData("Authorization", true),
        InlineData("Content-Type", true),
        InlineData("User-Agent", true)
    ]
    [
        InlineData("", false),
        InlineData("X Order", false),
        InlineData("X:", false),
        InlineData("X\r\nY", false),
        InlineData("Ä", false)
    ]
    [
        InlineData("host", false),
        InlineData("Content-Length", false),
        InlineData("Transfer-Encoding", false),
        InlineData("connection", false),
        InlineData("Idempotency-Key", false),
        InlineData("Webhook-Signature", false)
    ]
    public void A_header_has_a_token_for_a_name_that_is_not_ours(string name, bool good) =>
        Assert.Equal(good, WebhookHeaders.IsName(name));

    [Theory]
    [
        InlineData("", true),
        InlineData("Bearer abc\tdef", true),
        InlineData("a\r\nX: 1", false),
        InlineData("a\n", false),
        InlineData("a\r", false),
        InlineData("a\0", false),
        InlineData("a\u0085b", false),
        InlineData("\u2028", false)
    ]
    public void A_header_value_holds_no_line_break_in_any_disguise(string value, bool good) =>
        Assert.Equal(good, WebhookHeaders.IsValue(value));
}
