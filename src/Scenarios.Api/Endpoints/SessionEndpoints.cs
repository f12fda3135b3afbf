using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Endpoints;

/// <summary><c>/session</c>: the console gives a token once and holds a cookie from then on.</summary>
internal static class SessionEndpoints
{
    private const int MaxTokenLength = 1000;

    public sealed record NewSession(string Token);

    /// <param name="Name">Of the token.</param>
    /// <param name="Role">viewer, operator, editor or admin.</param>
    /// <param name="Operator">May create tenants and see the cluster.</param>
    public sealed record SessionView(
        string Name,
        string TokenId,
        string Account,
        string Role,
        IReadOnlyList<string> Groups,
        bool Operator
    );

    public static void MapSession(this RouteGroupBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("Session");
        session
            .MapPost("", BeginAsync)
            .AllowAnonymous()
            .Body<NewSession>()
            .Produces<SessionView>(201)
            .WithSummary("Sign in with a token; the answer sets a cookie");
        session.MapGet("", GetAsync).Needs(Role.Viewer).Produces<SessionView>().WithSummary("Get who is signed in");
        session.MapDelete("", End).AllowAnonymous().Produces(204).WithSummary("Sign out");
    }

    private static async Task<IResult> BeginAsync(
        HttpContext context,
        TokenCache tokens,
        FailedTokens failed,
        Sessions sessions,
        IGrainFactory grains
    )
    {
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context)).Object(problems);
        var token = body.Text("token", MaxTokenLength, required: true, min: 1);
        body.Done();
        Refused.If(problems);
        var address = context.Connection.RemoteIpAddress;
        if (!failed.MayTry(address) && !tokens.Knows(token!.Trim()))
            throw FailedTokens.TooMany();
        if (await tokens.FindAsync(token!.Trim()) is not { } caller)
        {
            failed.Note(address);
            throw Refused.Invalid("/token", "unknownToken", "There is no such token; it may have expired or been revoked.");
        }
        if (!caller.May(Role.Viewer))
            throw new Refused(
                StatusCodes.Status403Forbidden,
                "forbidden",
                "A token that only sends captures and events cannot sign in."
            );
        await sessions.BeginAsync(context, caller);
        return Answer.Created("/api/v1/session", await ViewAsync(caller, grains));
    }

    private static async Task<IResult> GetAsync(HttpContext context, IGrainFactory grains) =>
        Answer.Ok(await ViewAsync(context.Caller(), grains));

    private static IResult End(HttpContext context)
    {
        Sessions.End(context);
        return Answer.NoContent();
    }

    private static async Task<SessionView> ViewAsync(Caller caller, IGrainFactory grains) =>
        new(
            caller.Name,
            caller.TokenId,
            (await grains.Tenant(caller.Tenant).Account()).Name,
            Name<Role>.Of(caller.Role),
            caller.Groups,
            caller.IsOperator
        );
}
