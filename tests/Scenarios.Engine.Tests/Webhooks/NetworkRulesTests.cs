using System.Net;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Tests.Webhooks;

public class NetworkRulesTests
{
    [Theory]
    [
        InlineData("0.0.0.0"),
        InlineData("10.1.2.3"),
        InlineData("100.64.0.1"),
        InlineData("100.127.255.255"),
        InlineData("127.0.0.1"),
        InlineData("127.8.9.10")
    ]
    [
        InlineData("169.254.169.254"),
        InlineData("172.16.0.1"),
        InlineData("172.31.255.255"),
        InlineData("192.0.0.192"),
        InlineData("192.0.2.1"),
        InlineData("192.88.99.1")
    ]
    [
        InlineData("192.168.0.1"),
        InlineData("198.18.0.1"),
        InlineData("198.19.255.255"),
        InlineData("198.51.100.7"),
        InlineData("203.0.113.7"),
        InlineData("224.0.0.1")
    ]
    [InlineData("240.0.0.1"), InlineData("255.255.255.255"), InlineData("168.63.129.16")]
    [
        InlineData("::"),
        InlineData("::1"),
        InlineData("::127.0.0.1"),
        InlineData("::8.8.8.8"),
        InlineData("::ffff:10.0.0.1"),
        InlineData("::ffff:127.0.0.1")
    ]
    [
        InlineData("64:ff9b::7f00:1"),
        InlineData("64:ff9b::808:808"),
        InlineData("64:ff9b:1::1"),
        InlineData("100::1"),
        InlineData("2001::1"),
        InlineData("2001:db8::1")
    ]
    [
        InlineData("2002:7f00:1::"),
        InlineData("3fff::1"),
        InlineData("fc00::1"),
        InlineData("fd00:ec2::254"),
        InlineData("fe80::1"),
        InlineData("fec0::1"),
        InlineData("ff02::1")
    ]
    public void What_is_not_the_public_internet_is_denied(string address) =>
        Assert.False(NetworkRules.Default.Allows(IPAddress.Parse(address)));

    [Theory]
    [
        InlineData("1.1.1.1"),
        InlineData("9.255.255.255"),
        InlineData("11.0.0.0"),
        InlineData("100.63.255.255"),
        InlineData("100.128.0.0"),
        InlineData("126.255.255.255")
    ]
    [
        InlineData("128.0.0.1"),
        InlineData("169.253.0.1"),
        InlineData("172.15.0.1"),
        InlineData("172.32.0.1"),
        InlineData("192.0.1.1"),
        InlineData("198.17.0.1"),
        InlineData("223.255.255.255")
    ]
    [InlineData("::ffff:8.8.8.8"), InlineData("2606:4700::1111"), InlineData("2001:4860:4860::8888")]
    public void The_public_internet_is_allowed_up_to_the_borders_of_the_denied_networks(string address) =>
        Assert.True(NetworkRules.Default.Allows(IPAddress.Parse(address)));

    [Fact]
    public void An_opened_network_is_allowed_and_its_neighbour_is_not()
    {
        var rules = new NetworkRules(NetworkRules.Parse("10.20.0.0/16, ::1"));
        Assert.True(rules.Allows(IPAddress.Parse("10.20.3.4")));
        Assert.True(rules.Allows(IPAddress.Parse("::ffff:10.20.3.4")));
        Assert.True(rules.Allows(IPAddress.IPv6Loopback));
        Assert.False(rules.Allows(IPAddress.Parse("10.21.0.0")));
        Assert.False(rules.Allows(IPAddress.Loopback));
    }

    [Theory]
    [
        InlineData("127.0.0.0/8", "64:ff9b::7f00:1"),
        InlineData("127.0.0.0/8", "::127.0.0.1"),
        InlineData("127.0.0.0/8", "2002:7f00:1::")
    ]
    [
        InlineData("64:ff9b::/96", "64:ff9b::7f00:1"),
        InlineData("2002::/16", "2002:7f00:1::"),
        InlineData("::/96", "::127.0.0.1"),
        InlineData("2001::/32", "2001:0:1:1:1:1:80ff:fffe")
    ]
    public void A_carried_IPv4_address_needs_both_networks_opened(string opened, string address)
    {
        Assert.False(new NetworkRules(NetworkRules.Parse(opened)).Allows(IPAddress.Parse(address)));
        Assert.True(
            new NetworkRules(NetworkRules.Parse("127.0.0.0/8 64:ff9b::/96 2002::/16 ::/96 2001::/32")).Allows(
                IPAddress.Parse(address)
            )
        );
    }

    [Fact]
    public void An_opened_translator_reaches_the_public_internet()
    {
        Assert.True(new NetworkRules(NetworkRules.Parse("64:ff9b::/96")).Allows(IPAddress.Parse("64:ff9b::808:808")));
    }

    [Fact]
    public void Our_own_addresses_are_denied_unless_opened()
    {
        var own = IPAddress.Parse("8.8.4.4");
        Assert.False(new NetworkRules([], [NetworkRules.Only(own)]).Allows(own));
        Assert.True(new NetworkRules(NetworkRules.Parse("8.8.4.4"), [NetworkRules.Only(own)]).Allows(own));
    }

    [Theory]
    [InlineData("localhost"), InlineData("10.0.0.0/33"), InlineData("127.0.0.0/8,x")]
    public void A_list_of_networks_that_cannot_be_read_names_its_fault(string list)
    {
        var item = list.Split(',')[^1];
        Assert.Contains(
            $"'{item}'",
            Assert.Throws<FormatException>(() => NetworkRules.Parse(list)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_network_may_be_named_by_any_address_in_it() =>
        Assert.True(new NetworkRules(NetworkRules.Parse("127.0.0.1/8")).Allows(IPAddress.Parse("127.255.0.9")));

    [Fact]
    public void No_list_opens_nothing() => Assert.Empty(NetworkRules.Parse(null));
}
