using System.Text.Json;
using Scenarios.Engine.Templates;
using static Scenarios.Engine.Tests.Templates.Some;

namespace Scenarios.Engine.Tests.Templates;

/// <summary>Templates that ask for the world end by a limit, before they take it.</summary>
public class TemplateBombs
{
    private const string Hundred = "{% for i in (1..100) %}";
    private static readonly string Content = JsonSerializer.Serialize(
        new
        {
            n = 100_000_000,
            list = Enumerable.Range(0, 5000),
            text = new string('a', 50_000),
            nested = Enumerable.Range(0, 100).Select(_ => new { a = new string('b', 100) }),
        }
    );

    [Theory]
    [InlineData("{% for i in (1..content.n) %}{% endfor %}")]
    [InlineData("{% assign r = (1..content.n) %}")]
    [InlineData("{{ content[(1..content.n)] }}")]
    [InlineData("{% for i in content.list %}{% for j in content.list %}{% endfor %}{% endfor %}")]
    [InlineData(
        "{% for i in content.list %}{% for j in content.list limit: "
            + "0 %}{% endfor %}{% for j in content.list limit: 0 %}{% endfor %}{% endfor %}"
    )]
    [InlineData("{% assign s = 'ab' %}" + Hundred + "{% assign s = s | append: s %}{% endfor %}")]
    [InlineData("{% assign s = 'ab' %}" + Hundred + "{% assign s = s | prepend: s %}{% endfor %}")]
    [InlineData("{% assign s = 'ab' %}" + Hundred + "{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}")]
    [InlineData("{% assign s = 'ab' %}" + Hundred + "{% assign s = s | replace: 'a', s %}{% endfor %}")]
    [InlineData("{% assign s = content.text | replace: 'a', content.text %}")]
    [InlineData("{% assign s = content.text | split: '' %}")]
    [InlineData("{% assign s = content.list | join: content.text %}")]
    [InlineData("{% assign s = content.list %}" + Hundred + "{% assign s = s | concat: s %}{% endfor %}")]
    [InlineData("{% assign s = content.nested %}" + Hundred + "{% assign s = s | concat: s %}{% endfor %}{{ s | json }}")]
    [InlineData(
        "{% assign s = 'a' | split: 'b' %}"
            + Hundred
            + "{% assign s = s | concat: s %}{% assign s = s | join: content.text | split: 'x' %}{% endfor %}"
    )]
    [InlineData("{{ 'now' | date: '%900000000d' }}")]
    [InlineData("{{ 'now' | date: '%900000000n' }}")]
    [InlineData("{% for i in content.list %}{{ content.text }}{% endfor %}")]
    [InlineData("{% capture s %}{% for i in content.list %}{{ content.text }}{% endfor %}{% endcapture %}")]
    [InlineData(
        Hundred + "{% assign s = content.text | upcase | downcase | upcase | downcase | upcase | downcase %}{% endfor %}"
    )]
    [InlineData("{% for i in content.list %}{% if content.text contains 'ab' %}{% endif %}{% endfor %}")]
    [InlineData("{% for i in content.list %}{% if content.text > 1 %}{% endif %}{% endfor %}")]
    [InlineData("{% if content.text contains content.text %}{% endif %}")]
    [InlineData("{% for i in content.list %}{% assign x = content.list | sort %}{% endfor %}")]
    [InlineData(
        "{% for i in content.list %}{% assign x = content.list == content.list %}{% assign y = x | join %}{% endfor %}"
    )]
    [InlineData("{% for i in content.list %}{% cycle content.text, content.text %}{% endfor %}")]
    public void A_bomb_ends_by_a_limit(string template) =>
        Assert.Equal(TemplateException.Limit, Assert.Throws<TemplateException>(() => Render(template, Content)).Code);

    [Fact]
    public void A_long_text_in_a_loop_ends_by_a_limit() =>
        Assert.Equal(
            TemplateException.Limit,
            Assert
                .Throws<TemplateException>(() =>
                    Render("{% for i in content.list %}" + new string('x', 60_000) + "{% endfor %}", Content)
                )
                .Code
        );

    [Fact]
    public void A_long_body_in_a_loop_ends_by_a_limit() =>
        Assert.Equal(
            TemplateException.Limit,
            Assert
                .Throws<TemplateException>(() =>
                    Render(
                        "{% for i in content.list %}{% if false %}"
                            + string.Concat(Enumerable.Repeat("{% elsif i == 9 %}", 2000))
                            + "{% endif %}{% endfor %}",
                        Content
                    )
                )
                .Code
        );

    [Theory]
    [InlineData("{% if true %}", "{% endif %}")]
    [InlineData("{% unless true %}", "")]
    [InlineData("{% capture x %}", "{% endcapture %}")]
    [InlineData("{% if true %}{% raw %}{% endif %}{% endraw %}", "{% endif %}")]
    public void Blocks_nested_by_the_thousand_are_refused(string open, string close)
    {
        Assert.Null(Template.Check(Repeat("{% if true %}", 20) + Repeat("{% endif %}", 20)));
        Assert.NotNull(
            Template.Check(
                Repeat(open, 65_536 / (open.Length + close.Length)) + Repeat(close, 65_536 / (open.Length + close.Length))
            )
        );
    }

    [Theory]
    [InlineData("{{ ", "a[", "")]
    [InlineData("{{ ", "(", "")]
    [InlineData("{{ a", " | strip", " }}")]
    [InlineData("{% if a", " or a", " %}{% endif %}")]
    [InlineData("{% if a", " and a == b", " %}{% endif %}")]
    [InlineData("{{ a", "[0]", "")]
    [InlineData("{{ a", " | append: a[", "")]
    public void Expressions_chained_by_the_thousand_are_refused(string open, string part, string close) =>
        Assert.NotNull(Template.Check(open + Repeat(part, 65_000 / part.Length) + close));

    [Theory]
    [InlineData("a[(")]
    [InlineData("((")]
    [InlineData("a | append: a[(")]
    public void Brackets_that_are_never_closed_are_not_tried_in_every_way_that_there_is(string open)
    {
        Assert.NotNull(Template.Check("{{ " + Repeat(open, 20)));
        Assert.NotNull(Template.Check("{{ " + Repeat(open, 20) + "'" + new string('x', 60_000) + "'"));
    }

    [Theory]
    [InlineData("{{a}}")]
    [InlineData("{{ a[b[c[(1..d[e])]]] | append: 'x', f[0] }}")]
    [InlineData("{% if a == b and c contains 'd' or e %}{% for i in (1..a[b]) %}{{i}}{% endfor %}{% endif %}")]
    public void The_largest_template_of_brackets_that_are_closed_is_taken(string part) =>
        Assert.Null(Template.Check(Repeat(part, TemplateLimits.SourceBytes / part.Length)));

    [Fact]
    public void Ordinary_work_is_far_from_the_limits()
    {
        var page = Repeat(
            "<tr>{% for item in content.list limit: 50 %}<td>{{ item | times: 2 | append: ' €' }}</td>{% endfor %}</tr>",
            40
        );
        Assert.NotEmpty(Render(page, Content, Place.Html));
    }

    private static string Repeat(string part, int times) => string.Concat(Enumerable.Repeat(part, times));
}
