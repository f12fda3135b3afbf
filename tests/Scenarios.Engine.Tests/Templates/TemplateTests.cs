using System.Net;
using System.Text.Json;
using Scenarios.Engine.Templates;
using static Scenarios.Engine.Tests.Templates.Some;

namespace Scenarios.Engine.Tests.Templates;

public class TemplateTests
{
    private const string Nasty = "\"'<>&{}%\r\n\u2028\\/\t{{ 7 | times: 7 }}{% raw %}</script>Жар-птица 🔥";
    private static readonly string NastyContent = JsonSerializer.Serialize(new { x = Nasty, list = new[] { Nasty } });

    [Theory]
    [InlineData("{{ profile.id }} {{ profile.email }} {{ profile.timeZone }}", "p1 ann@example.com Asia/Tokyo")]
    [InlineData("{{ profile.fields.tier }}/{{ profile.fields['first name'] }}", "gold/Ann")]
    [InlineData("{{ profile.subscriptions[0].channel }}", "email")]
    [InlineData("{{ profile.createdAt }}", "2026-11-23T12:30:00.000000Z")]
    [InlineData(
        "{{ content.items[-1].sku }}{{ content.items[0]['sku'] }}{apicontent.items.1.sku}{{ content.items[9].sku "
            + "}}{{ content.items[scenario.number] }}",
        "cab"
    )]
    [InlineData("{{ content.order.id }} costs {{ content.order.total }}", "A-1 costs 12.50")]
    [InlineData("{{ steps.h1.id }}", "42")]
    [InlineData(
        "{{ run.id }} of #{{ scenario.number }} {{ scenario.title }}, {{ run.enteredAt }}",
        "0198c5d0 of #12 Win back, 2026-11-23T12:30:00.000000Z"
    )]
    [InlineData("Hi {apicontent.name}, {{apicontent.name}}!", "Hi Bob, Bob!")]
    [InlineData("""{"name":{apicontent.order.total}}""", """{"name":12.50}""")]
    [InlineData("""{"a": {"b": 1}}""", """{"a": {"b": 1}}""")]
    [InlineData(
        "{% for item in content.items %}{{ item.sku }}{% unless forloop.last %}, {% endunless %}{% endfor %}",
        "a, b, c"
    )]
    [InlineData("{% for pair in content.order %}{{ pair[0] }}={{ pair[1] }};{% endfor %}", "id=A-1;total=12.50;size=XL;")]
    [InlineData("{% for i in (1..3) %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "13")]
    [InlineData("{% for item in content.nothing %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% case profile.fields.tier %}{% when 'gold', 'silver' %}VIP{% else %}-{% endcase %}", "VIP")]
    [InlineData("{% if content.order.total > 10 and profile.fields.tier == 'gold' %}yes{% elsif true %}no{% endif %}", "yes")]
    [InlineData("{% if content.items contains 'x' or content.tags contains 'new' %}yes{% endif %}", "yes")]
    [InlineData("{{ content.order.size }} {{ content.items.size }} {{ content.items | size }}", "XL 3 3")]
    [InlineData("{{ content.items | map: 'sku' | join: '+' }}", "a+b+c")]
    [InlineData("{{ content.items | where: 'sku', 'b' | map: 'price' | first }}", "2")]
    [InlineData("{{ content.items | sum: 'price' }} {{ content.items | map: 'price' | sum }}", "6 6")]
    [InlineData("{{ 'a-b-c' | split: '-' | reverse | join: '-' | upcase }}", "C-B-A")]
    [InlineData("{% assign x = 'a' | append: 'b' | prepend: '-' %}{{ x | replace: 'b', 'bb' | remove: '-' }}", "abb")]
    [InlineData("{% capture x %}{{ profile.id }}!{% endcapture %}{{ x }}{{ x | size }}", "p1!3")]
    [InlineData("{% for i in (1..4) %}{% cycle 'a', 'b' %}{% endfor %}{% increment n %}{% increment n %}", "abab01")]
    [InlineData(
        "{% raw %}{{ not this }}{% endraw %}{% comment %}nor {{ this }}{% endcomment %}{% # nor this %}",
        "{{ not this }}"
    )]
    [InlineData("a {{- ' b ' | strip -}} c", "abc")]
    [InlineData("{{ 'now' | date: '%Y-%m-%d %H:%M' }}", "2026-11-23 12:30")]
    [InlineData("{{ profile.createdAt | time_zone: scenario.timeZone | date: '%H:%M %z' }}", "13:30 +0100")]
    [InlineData("{{ '2026-07-01' | date: '%d.%m.%Y' }}", "01.07.2026")]
    [InlineData("{{ 10 | divided_by: 4.0 | times: 2 | round }} {{ 5.00 }} {{ content.large }}", "5 5.00 1e300")]
    [InlineData("{{ content.order | json }}", """{"id":"A-1","total":12.50,"size":"XL"}""")]
    [InlineData(
        "{{ run | json }}{{ content.tags | json }}{{ nothing | json }}{{ 'q\"' | json }}",
        "{\"id\":\"0198c5d0\",\"enteredAt\":\"2026-11-23T12:30:00.000000Z\"}[\"new\",1]null\"q\\u0022\""
    )]
    [InlineData("{{ profile.fields.nothing | default: 'friend' }}", "friend")]
    [InlineData("{{ profile.id | sha256 | slice: 0, 8 }} {{ 'a b' | url_encode }}", "f64551fc a+b")]
    public void A_template_renders(string template, string expected) =>
        Assert.Equal(
            expected,
            Render(
                template,
                """{"name": "Bob", "order": {"id": "A-1", "total": 12.50, "size": "XL"}, "items": [{"sku": "a", "price": 1}, {"sku": "b", "price": 2}, {"sku": "c", "price": 3}], "tags": ["new", 1], "large": 1e300}""",
                fields: """{"tier": "gold", "first name": "Ann"}""",
                kept: """{"h1": {"id": 42}}"""
            )
        );

    [Theory]
    [InlineData("{{ nothing }}")]
    [InlineData("{{ profile.phone }}")]
    [InlineData("{{ profile.fields.no.such.field }}")]
    [InlineData("{{ content.items[3].name }}")]
    [InlineData("{{ steps.h9.id | upcase }}")]
    [InlineData("{{ content.none }}")]
    [InlineData("{{ content }}{{ profile }}")]
    public void What_is_missing_renders_empty(string template) => Assert.Equal("", Render(template, """{"none": null}"""));

    [Theory]
    [InlineData("GetType")]
    [InlineData("Json")]
    [InlineData("Type")]
    [InlineData("Facts")]
    [InlineData("ToString")]
    [InlineData("Length")]
    [InlineData("Values")]
    public void No_member_of_a_type_can_be_reached(string member)
    {
        foreach (
            var value in new[]
            {
                "content",
                "profile",
                "profile.id",
                "profile.fields",
                "content.list",
                "content.n",
                "content.o",
                "run",
                "scenario.number",
                "steps",
                "forloop",
            }
        )
            Assert.Equal(
                "",
                Render($"{{{{ {value}.{member} }}}}{{{{ {value}['{member}'] }}}}", """{"list": [1], "n": null, "o": {}}""")
            );
    }

    [Fact]
    public void A_text_inside_of_JSON_quotes_comes_back_as_data()
    {
        var body = Render(
            """{"x": "{{ content.x }}", "list": "{{ content.list }}", "cycle": "{% cycle content.x %}", "captured": "{% capture c %}{{ content.x }}{% endcapture %}{{ c }}", "n": {{ content.list.size }}, "all": {{ content | json }}}""",
            NastyContent,
            Place.Json
        );
        using var json = JsonDocument.Parse(body);
        foreach (var member in new[] { "x", "list", "cycle", "captured" })
            Assert.Equal(Nasty, json.RootElement.GetProperty(member).GetString());
        Assert.Equal(1, json.RootElement.GetProperty("n").GetInt32());
        Assert.Equal(Nasty, json.RootElement.GetProperty("all").GetProperty("x").GetString());
    }

    [Theory]
    [InlineData("{{ content.x }}")]
    [InlineData("{{ content.list }}")]
    [InlineData("{{ content.x | escape }}")]
    [InlineData("{% cycle content.x %}")]
    [InlineData("{% capture c %}{{ content.x }}{% endcapture %}{{ c }}")]
    [InlineData("{% capture c %}{% endcapture %}{{ c | append: content.x }}")]
    [InlineData("{% assign c = content.x | append: '' %}{{ c }}")]
    [InlineData("{{ '' | raw | append: content.x }}")]
    [InlineData("{{ content.x | raw | replace: 'no such text', '' }}")]
    public void A_text_in_HTML_comes_back_as_data(string template)
    {
        var html = Render(template, NastyContent, Place.Html);
        Assert.DoesNotContain(html, c => c is '<' or '>' or '"' or '\'');
        Assert.Equal(Nasty, WebUtility.HtmlDecode(html));
    }

    [Theory]
    [InlineData("{{ content.x }}")]
    [InlineData("{{ content.x | url_encode }}")]
    public void A_text_in_a_URL_comes_back_as_data(string template)
    {
        var url = new Uri(
            "https://example.com/p/"
                + Render(template + "?q=", NastyContent, Place.Url)
                + Render(template, NastyContent, Place.Url)
        );
        Assert.Equal(Nasty, Uri.UnescapeDataString(url.AbsolutePath[3..]));
        Assert.Equal(Nasty, Uri.UnescapeDataString(url.Query[3..]));
    }

    [Fact]
    public void A_text_in_text_is_not_encoded() => Assert.Equal(Nasty, Render("{{ content.x }}", NastyContent));

    [Fact]
    public void What_an_author_marks_as_safe_is_not_encoded() =>
        Assert.Equal("<b>1</b>&lt;i&gt;", Render("{{ '<b>1</b>' | raw }}{{ '<i>' }}", place: Place.Html));

    [Fact]
    public void Line_ends_become_breaks_around_encoded_lines() =>
        Assert.Equal("&lt;a&gt;<br />b", Render("{{ content.x | newline_to_br }}", """{"x": "<a>\r\nb"}""", Place.Html));

    [Fact]
    public void A_captured_markup_can_be_stripped_and_stays_markup() =>
        Assert.Equal(
            "<b>&lt;</b>",
            Render("{% capture c %} <b>{{ content.x }}</b> {% endcapture %}{{ c | strip }}", """{"x": "<"}""", Place.Html)
        );

    [Theory]
    [InlineData("{{ 1 | divided_by: 0 }}")]
    [InlineData("{{ 'x' | base64_decode }}")]
    [InlineData("{{ 'abc' | slice: 'x' }}")]
    [InlineData("{% for i in content.list offset: -5 %}{{ i }}{% endfor %}")]
    public void A_filter_that_cannot_do_its_work_fails_the_template(string template) =>
        Assert.Equal(
            TemplateException.Failed,
            Assert.Throws<TemplateException>(() => Render(template, """{"list": [1]}""")).Code
        );

    [Theory]
    [InlineData("{{ profile.id", null)]
    [InlineData("{% if x %}", "endif")]
    [InlineData("{{ x | no_such_filter }}", "no_such_filter")]
    [InlineData("{% include 'x' %}", "include")]
    [InlineData("{% render 'x' %}", "render")]
    [InlineData("{% if true %}{% render 'x' %}{% endif %}", "render")]
    [InlineData("{% layout 'x' %}", "layout")]
    [InlineData("{% liquid assign x = 1 %}", "liquid")]
    [InlineData("{% tablerow i in content.items %}{% endtablerow %}", "tablerow")]
    [InlineData("{% ifchanged %}{% endifchanged %}", "ifchanged")]
    [InlineData("{% macro x() %}{% endmacro %}", "macro")]
    [InlineData("{{ x | format_string: 1 }}", "format_string")]
    [InlineData("{{ x() }}", null)]
    [InlineData("{{ (x) }}", null)]
    [InlineData("{% for i in (1..1001) %}{% endfor %}", "1000")]
    [InlineData("{% if true %}{% for i in (1..100000000) %}{% endfor %}{% endif %}", "1000")]
    [InlineData("{{ content[(1..100000000)] }}", "1000")]
    [InlineData(
        "{% for a in x %}{% for b in x %}{% if b %}{% for c in x %}{% endfor %}{% endif %}{% endfor %}{% endfor %}",
        "Loops"
    )]
    [InlineData("{% for a in x offset: continue %}{% endfor %}", "continue")]
    public void What_is_not_Liquid_or_not_allowed_is_refused(string template, string? says)
    {
        var problem = Template.Check(template);
        Assert.NotNull(problem);
        if (says is not null)
            Assert.Contains(says, problem, StringComparison.Ordinal);
        Assert.Equal(TemplateException.Invalid, Assert.Throws<TemplateException>(() => Template.Parse(template)).Code);
    }

    [Fact]
    public void A_template_may_have_64_KB()
    {
        Assert.Null(Template.Check(new string('x', TemplateLimits.SourceBytes)));
        Assert.NotNull(Template.Check(new string('x', TemplateLimits.SourceBytes + 1)));
        Assert.NotNull(Template.Check(new string('ж', TemplateLimits.SourceBytes / 2 + 1)));
    }

    [Fact]
    public void The_same_source_is_parsed_once() =>
        Assert.Same(Template.Parse("{{ profile.id }}"), Template.Parse(new string("{{ profile.id }}".AsSpan())));
}
