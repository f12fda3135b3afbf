using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scenarios.Samples.Purchases;

/// <summary>The server said no; the message says what.</summary>
internal sealed class ApiException(string code, string message) : Exception(message)
{
    public string Code => code;
}

/// <summary>All that a client of the API needs: a token, JSON, and to try again when asked to.</summary>
internal sealed class Api : IDisposable
{
    private const int Attempts = 30;

    private readonly HttpClient _http;

    public Api(Uri server, string token)
    {
        _http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<JsonNode> GetAsync(string path) => SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path));

    public Task<JsonNode> PostAsync(string path, object body) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) });

    public Task<JsonNode> PostLinesAsync(string path, IEnumerable<object> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(JsonSerializer.Serialize(line)).Append('\n');
        return SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(text.ToString(), Encoding.UTF8, "application/x-ndjson"),
            }
        );
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> SendAsync(Func<HttpRequestMessage> request)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var message = request();
            using var answer = await _http.SendAsync(message);
            if (answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests && attempt < Attempts)
            {
                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
                continue;
            }
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode)
                return JsonNode.Parse(text)!;
            throw Refusal(message, answer, text);
        }
    }

    private static ApiException Refusal(HttpRequestMessage request, HttpResponseMessage answer, string text)
    {
        var where = $"{request.Method} {request.RequestUri!.AbsolutePath}: {(int)answer.StatusCode}";
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return new ApiException("", $"{where} {text}");
        var problem = JsonNode.Parse(text)!;
        var errors = problem["errors"]?.AsArray() ?? [];
        var codes = errors.Select(e => (string?)e!["code"]).Prepend((string?)problem["code"]).OfType<string>();
        return new ApiException(
            string.Join(' ', codes),
            $"{where} {problem["detail"]}{string.Concat(errors.Select(e => $"\n  {e!.ToJsonString()}"))}"
        );
    }
}
