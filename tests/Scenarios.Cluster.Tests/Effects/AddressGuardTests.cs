using System.Net;
using System.Net.Sockets;
using Scenarios.Engine.Webhooks;
using Scenarios.Grains.Effects;

namespace Scenarios.Cluster.Tests.Effects;

/// <summary>The probes of reliability.md 5.3: each ends <c>addressNotAllowed</c>, and the sink behind it was never hit.</summary>
public sealed class AddressGuardTests(WebhookSink sink) : IClassFixture<WebhookSink>
{
    private static readonly IPAddress Public = IPAddress.Parse("8.8.8.8");

    [Theory]
    [
        InlineData("127.0.0.1"),
        InlineData("localhost"),
        InlineData("127.1"),
        InlineData("2130706433"),
        InlineData("0x7f000001"),
        InlineData("0177.0.0.1"),
        InlineData("0x7f.1"),
        InlineData("[::1]"),
        InlineData("x@127.0.0.1")
    ]
    [
        InlineData("127.8.9.10"),
        InlineData("[::ffff:127.0.0.1]"),
        InlineData("[0:0:0:0:0:ffff:7f00:1]"),
        InlineData("①②⑦.⓪.⓪.①"),
        InlineData("127。0。0。1")
    ]
    [
        InlineData("localhost."),
        InlineData("127.0.0.1."),
        InlineData("0"),
        InlineData("[::]"),
        InlineData("[::127.0.0.1]"),
        InlineData("[fe80::1%25lo]")
    ]
    public async Task No_spelling_of_this_machine_is_reached(string host)
    {
        using var harness = new SenderHarness(NetworkRules.Default, limits: new WebhookLimits { PlainHttp = true });
        var answer = await harness.SendAsync(SenderHarness.Request($"http://{host}:{sink.Port}/"));
        Assert.Equal((WebhookOutcome.Error, "addressNotAllowed"), (answer.Outcome, answer.Code));
        Assert.Empty(sink.HitsOf(harness.Key));
    }

    [Theory]
    [
        InlineData("127.0.0.1"),
        InlineData("localhost"),
        InlineData("127.1"),
        InlineData("2130706433"),
        InlineData("127.8.9.10"),
        InlineData("[::ffff:127.0.0.1]"),
        InlineData("localhost."),
        InlineData("127.0.0.1.")
    ]
    public async Task The_same_spellings_are_reached_once_the_operator_opens_loopback(string host)
    {
        using var harness = new SenderHarness(new NetworkRules(NetworkRules.Parse("127.0.0.0/8")));
        var answer = await harness.SendAsync(SenderHarness.Request($"http://{host}:{sink.Port}/"));
        Assert.Equal((WebhookOutcome.Success, 200), (answer.Outcome, answer.Status));
        Assert.Single(sink.HitsOf(harness.Key));
    }

    [Theory]
    [
        InlineData("127.0.0.1"),
        InlineData("169.254.169.254"),
        InlineData("10.0.0.1"),
        InlineData("::1"),
        InlineData("fd00:ec2::254"),
        InlineData("64:ff9b::7f00:1"),
        InlineData("::ffff:127.0.0.1")
    ]
    public async Task A_name_with_one_denied_address_is_not_reached_whatever_the_order(string denied)
    {
        var address = IPAddress.Parse(denied);
        foreach (IPAddress[] addresses in new IPAddress[][] { [address], [address, Public], [Public, address] })
        {
            using var harness = new SenderHarness(
                NetworkRules.Default,
                SenderHarness.Answers(addresses),
                new WebhookLimits { PlainHttp = true }
            );
            var answer = await harness.SendAsync(SenderHarness.Request($"http://hooks.example:{sink.Port}/"));
            Assert.Equal((WebhookOutcome.Error, "addressNotAllowed"), (answer.Outcome, answer.Code));
            Assert.Empty(sink.HitsOf(harness.Key));
        }
    }

    [Fact]
    public async Task A_name_that_rebinds_after_the_check_is_still_connected_to_the_address_that_was_checked()
    {
        // 127.0.0.2 plays the public address: opened. 127.0.0.1 is what the name says from the second question on: denied.
        var rules = new NetworkRules(NetworkRules.Parse("127.0.0.2"));
        using var harness = new SenderHarness(
            rules,
            SenderHarness.Answers([IPAddress.Parse("127.0.0.2")], [IPAddress.Loopback])
        );
        var request = SenderHarness.Request($"http://hooks.example:{sink.Port}/once");

        var first = await harness.SendAsync(request);
        Assert.Equal(WebhookOutcome.Success, first.Outcome);
        Assert.Equal(IPAddress.Parse("127.0.0.2"), Assert.Single(sink.HitsOf(harness.Key)).ReceivedAt);

        // The sink closed the connection, so the next attempt resolves, and is checked, again.
        var second = await harness.SendAsync(request);
        Assert.Equal("addressNotAllowed", second.Code);
        Assert.Single(sink.HitsOf(harness.Key));
    }

    [Fact]
    public async Task The_next_address_of_a_name_is_tried_when_one_does_not_answer()
    {
        using var listener = new TcpListener(IPAddress.Parse("127.0.0.3"), 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var guard = new AddressGuard(
            SenderHarness.LoopbackOpened,
            SenderHarness.Answers([IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")])
        );
        await using var stream = await guard.ConnectAsync(
            "hooks.example",
            port,
            openedOnly: true,
            TestContext.Current.CancellationToken
        );
        Assert.True(listener.Pending());
    }

    [Fact]
    public async Task Plain_http_is_for_opened_networks_unless_the_operator_says_otherwise()
    {
        using var harness = new SenderHarness(NetworkRules.Default, SenderHarness.Answers([Public]));
        var answer = await harness.SendAsync(SenderHarness.Request("http://hooks.example/"));
        Assert.Equal((WebhookOutcome.Error, "plainHttpNotAllowed"), (answer.Outcome, answer.Code));
    }

    [Fact]
    public async Task A_name_without_an_address_is_tried_again_later()
    {
        using var harness = new SenderHarness(NetworkRules.Default, (_, _) =>
            throw new SocketException((int)SocketError.HostNotFound)
        );
        var answer = await harness.SendAsync(SenderHarness.Request("https://hooks.example/"));
        Assert.Equal((WebhookOutcome.Retry, "hostNotFound"), (answer.Outcome, answer.Code));

        using var empty = new SenderHarness(
            NetworkRules.Default,
            SenderHarness.Answers(
                inTurn:
                [
                    [],
                ]
            )
        );
        Assert.Equal("hostNotFound", (await empty.SendAsync(SenderHarness.Request("https://hooks.example/"))).Code);
    }

    [Theory]
    [
        InlineData("ftp://127.0.0.1/"),
        InlineData("file:///etc/passwd"),
        InlineData("gopher://127.0.0.1/"),
        InlineData("http://a#@127.0.0.1/"),
        InlineData("http://exa\nmple.com/"),
        InlineData("http://hooks.example:5432/"),
        InlineData("http://hooks.example:0/")
    ]
    public async Task A_URL_that_may_not_be_saved_is_not_sent_either(string url)
    {
        using var harness = new SenderHarness(SenderHarness.LoopbackOpened, SenderHarness.Answers([IPAddress.Loopback]));
        var answer = await harness.SendAsync(SenderHarness.Request(url));
        Assert.Equal((WebhookOutcome.Error, "invalidUrl"), (answer.Outcome, answer.Code));
    }

    [Fact]
    public void The_machine_s_own_addresses_are_known()
    {
        Assert.Contains(NetworkRules.Only(IPAddress.Loopback), AddressGuard.OwnAddresses());
    }
}
