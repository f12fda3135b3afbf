using Scenarios.Api.Http;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Endpoints;

/// <summary>
/// <c>/webhook-secrets</c>: by what receivers check the signatures of a tenant's webhooks (Standard Webhooks). Two sign
/// while they
/// change over; each is shown once, when it is made.
/// </summary>
internal static class WebhookSecretEndpoints
{
    /// <param name="Secret">whsec_ and base64, as libraries of receivers take it; this once.</param>
    public sealed record NewSecret(string Secret);

    public static void MapWebhookSecrets(this RouteGroupBuilder api)
    {
        var secrets = api.MapGroup("/webhook-secrets").WithTags("Account");
        secrets
            .MapPost("", RotateAsync)
            .Needs(Role.Admin)
            .AnswersSecret()
            .Produces<NewSecret>(201)
            .WithSummary("Create a new secret that signs webhooks; the former one goes on signing beside it")
            .WithDescription("Both sign within a minute, until the next rotation or until the former is dropped.");
        secrets
            .MapDelete("/former", DropAsync)
            .Needs(Role.Admin)
            .Produces(204)
            .WithSummary("Stop signing with the former secret");
    }

    private static async Task<IResult> RotateAsync(HttpContext context, WebhookSecrets secrets)
    {
        await context.NothingInBodyAsync();
        var secret = await secrets.RotateAsync(
            context.Caller().Tenant,
            context.Audit("rotate", "webhookSecret"),
            context.RequestAborted
        );
        return TypedResults.Json(new NewSecret(secret), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> DropAsync(HttpContext context, WebhookSecrets secrets)
    {
        await secrets.DropFormerAsync(context.Caller().Tenant, context.Audit("drop", "webhookSecret"), context.RequestAborted);
        return Answer.NoContent();
    }
}
