using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Scenarios.Api.Console;

/// <summary>
/// Serves the built web console from memory: its files to everybody (they say nothing), its first page at every address that
/// is neither a file nor the API's, so that a reload of any page works. A file under <c>assets/</c> has its hash in its
/// name and is kept for
/// ever; the first page is requested again each time. The build laid a <c>.br</c> and a <c>.gz</c> beside each text.
/// </summary>
internal sealed class ConsoleFiles
{
    /// <summary>Addresses that are not the console's.</summary>
    private static readonly string[] Others = ["/api", "/docs", "/openapi", "/health", "/metrics", "/dashboard", "/v1"];

    /// <summary>
    /// Nothing but our own scripts and style sheets counts. Components place things through the object model, which is
    /// a script's doing and no style in markup.
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string NotBuilt = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Scenarios</title><body>
        <h1>The console was not built</h1><p>The API works: see <a href="/docs">its reference</a>. For the console install Node.js 20.19 or newer, and build again.</p>
        """;

    private sealed record File(byte[] Bytes, byte[]? Brotli, byte[]? Gzip, string Type, string Tag, bool IsForEver);

    private readonly FrozenDictionary<string, File> _files;
    private readonly File _first;

    public ConsoleFiles(string directory)
    {
        _files = !Directory.Exists(directory)
            ? FrozenDictionary<string, File>.Empty
            : Directory
                .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                .Where(path => Path.GetExtension(path) is not (".br" or ".gz"))
                .ToFrozenDictionary(
                    path => "/" + Path.GetRelativePath(directory, path).Replace('\\', '/'),
                    Read,
                    StringComparer.Ordinal
                );
        _first = _files.GetValueOrDefault("/index.html") ?? Page(System.Text.Encoding.UTF8.GetBytes(NotBuilt), null, null);
    }

    public Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        var (request, path) = (context.Request, context.Request.Path);
        if (
            !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            || Others.Any(other => path.StartsWithSegments(other, StringComparison.OrdinalIgnoreCase))
        )
            return next(context);
        if (_files.TryGetValue(path.Value ?? "", out var file))
            return SendAsync(context, file);
        // A file of the build before, asked for by a page that is still open: no page in its place.
        return path.Value is { } text && text.AsSpan(text.LastIndexOf('/') + 1).Contains('.')
            ? next(context)
            : SendAsync(context, _first);
    }

    private static Task SendAsync(HttpContext context, File file)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ETag = file.Tag;
        response.Headers.Vary = "Accept-Encoding";
        response.Headers.CacheControl = file.IsForEver ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.ContentSecurityPolicy = Policy;
        if (request.Headers.IfNoneMatch.Contains(file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        var accepted = request.Headers.AcceptEncoding.ToString();
        var (bytes, encoding) = file switch
        {
            { Brotli: { } brotli } when accepted.Contains("br", StringComparison.Ordinal) => (brotli, "br"),
            { Gzip: { } gzip } when accepted.Contains("gzip", StringComparison.Ordinal) => (gzip, "gzip"),
            _ => (file.Bytes, null),
        };
        response.ContentType = file.Type;
        response.ContentLength = bytes.Length;
        if (encoding is not null)
            response.Headers.ContentEncoding = encoding;
        return HttpMethods.IsHead(request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static File Read(string path)
    {
        var bytes = System.IO.File.ReadAllBytes(path);
        var (brotli, gzip) = (Beside(path + ".br"), Beside(path + ".gz"));
        var type = Path.GetExtension(path) switch
        {
            ".html" => null,
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".woff2" => "font/woff2",
            ".json" => "application/json",
            _ => "application/octet-stream",
        };
        return type is null ? Page(bytes, brotli, gzip) : new File(bytes, brotli, gzip, type, TagOf(bytes), IsForEver: true);
    }

    private static File Page(byte[] bytes, byte[]? brotli, byte[]? gzip) =>
        new(bytes, brotli, gzip, "text/html; charset=utf-8", TagOf(bytes), IsForEver: false);

    private static byte[]? Beside(string path) => System.IO.File.Exists(path) ? System.IO.File.ReadAllBytes(path) : null;

    private static string TagOf(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"";
}
