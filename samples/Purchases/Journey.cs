namespace Scenarios.Samples.Purchases;

/// <summary>
/// The scenario. Gold customers get a thank-you, silver ones one of two offers, bronze ones are called back or let go:
///
///     start > tier -gold--> thanks > mark > rest > thanked
///                  -silver> offer -now--> soon > discount > redeemed
///                                 -later> hours > note > noted
///                  -else--> again -yes--> call > remind > reminded
///                                 -else-> patience > lapsed
/// </summary>
internal static class Journey
{
    public static readonly (string Name, string Type)[] Fields =
    [
        ("orders", "number"),
        ("total", "number"),
        ("firstPurchase", "date"),
        ("lastPurchase", "date"),
        ("tier", "text"),
        ("callAt", "dateTime"),
        ("touches", "number"),
        ("offer", "text"),
        ("labels", "list"),
    ];

    public static object Definition(Uri receiver) =>
        new
        {
            elements = new object[]
            {
                new
                {
                    id = "start",
                    type = "apiCall",
                    name = "Default",
                },
                new
                {
                    id = "tier",
                    type = "condition",
                    name = "Tier?",
                    settings = new { branches = new[] { Tier("gold"), Tier("silver") } },
                },
                Webhook("thanks", "Thank them", receiver),
                new
                {
                    id = "mark",
                    type = "updateProfile",
                    name = "Mark as thanked",
                    settings = new { increment = new { touches = 1 }, add = new { labels = "thanked" } },
                },
                new
                {
                    id = "rest",
                    type = "wait",
                    name = "Let it sink in",
                    settings = new { duration = new { seconds = 3 } },
                },
                new
                {
                    id = "thanked",
                    type = "end",
                    name = "Thanked",
                    settings = new { goal = "thanked" },
                },
                new
                {
                    id = "offer",
                    type = "split",
                    name = "Half now, half later",
                    settings = new
                    {
                        branches = new[] { new { output = "now", percent = 50 }, new { output = "later", percent = 50 } },
                    },
                },
                new
                {
                    id = "soon",
                    type = "wait",
                    name = "A moment",
                    settings = new { duration = new { seconds = 2 } },
                },
                Webhook("discount", "Send the discount", receiver),
                new
                {
                    id = "redeemed",
                    type = "end",
                    name = "Offered now",
                    settings = new { goal = "offered" },
                },
                // Open all week round the clock, so that the sample ends today.
                new
                {
                    id = "hours",
                    type = "wait",
                    name = "In opening hours",
                    settings = new
                    {
                        window = new
                        {
                            weekdays = new[] { 1, 2, 3, 4, 5, 6, 7 },
                            from = "00:00",
                            to = "24:00",
                        },
                    },
                },
                new
                {
                    id = "note",
                    type = "updateProfile",
                    name = "Note the offer",
                    settings = new { set = new { offer = "later, for {{ profile.fields.orders }} orders" } },
                },
                new
                {
                    id = "noted",
                    type = "end",
                    name = "Offered later",
                    settings = new { goal = "offered" },
                },
                new
                {
                    id = "again",
                    type = "condition",
                    name = "Came back?",
                    settings = new
                    {
                        branches = new[]
                        {
                            new
                            {
                                output = "yes",
                                rules = new
                                {
                                    field = "orders",
                                    op = "greaterOrEqual",
                                    value = 2,
                                },
                            },
                        },
                    },
                },
                new
                {
                    id = "call",
                    type = "wait",
                    name = "Until the hour of the call",
                    settings = new { field = new { name = "callAt" } },
                },
                new
                {
                    id = "remind",
                    type = "updateProfile",
                    name = "Call them",
                    settings = new { increment = new { touches = 1 } },
                },
                new
                {
                    id = "reminded",
                    type = "end",
                    name = "Called",
                },
                new
                {
                    id = "patience",
                    type = "wait",
                    name = "Patience",
                    settings = new { duration = new { seconds = 5 } },
                },
                new
                {
                    id = "lapsed",
                    type = "end",
                    name = "Let go",
                },
            },
            links = new[]
            {
                Link("start", "next", "tier"),
                Link("tier", "gold", "thanks"),
                Link("tier", "silver", "offer"),
                Link("tier", "else", "again"),
                Link("thanks", "success", "mark"),
                Link("mark", "next", "rest"),
                Link("rest", "next", "thanked"),
                Link("offer", "now", "soon"),
                Link("soon", "next", "discount"),
                Link("discount", "success", "redeemed"),
                Link("offer", "later", "hours"),
                Link("hours", "next", "note"),
                Link("note", "next", "noted"),
                Link("again", "yes", "call"),
                Link("call", "next", "remind"),
                Link("remind", "next", "reminded"),
                Link("again", "else", "patience"),
                Link("patience", "next", "lapsed"),
            },
        };

    private static object Tier(string tier) =>
        new
        {
            output = tier,
            rules = new
            {
                all = new[]
                {
                    new
                    {
                        field = "tier",
                        op = "equal",
                        value = tier,
                    },
                },
            },
        };

    /// <summary>The body carries what was computed from the purchases, so that the receiver can prove it.</summary>
    private static object Webhook(string id, string name, Uri receiver) =>
        new
        {
            id,
            type = "webhook",
            name,
            settings = new
            {
                method = "POST",
                url = new Uri(receiver, id).ToString(),
                headers = new Dictionary<string, string> { ["Content-Type"] = "application/json" },
                body = """{"customer":"{{ profile.id }}","orders":{{ profile.fields.orders }},"total":{{ profile.fields.total }},"source":"{{ content.source }}"}""",
                timeout = 10,
                retries = 5,
            },
        };

    private static object Link(string from, string output, string to) =>
        new
        {
            from,
            output,
            to,
        };
}
