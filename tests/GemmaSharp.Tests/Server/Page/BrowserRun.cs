using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace GemmaSharp.Tests.Server.Page;

/// <summary>A browser that shows the page of a server.</summary>
internal sealed class BrowserRun : IAsyncDisposable
{
    private BrowserRun(IPage page) => Page = page;

    public IPage Page { get; }

    /// <summary>The last answer.</summary>
    public ILocator Answer => Page.Locator("article.assistant .body").Last;

    /// <summary>Addresses that were asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What the page's programs complained of.</summary>
    public ConcurrentQueue<string> Errors { get; } = [];

    public static async Task<BrowserRun> StartAsync(ChromiumFixture chromium, ServerRun server, int width = 1000)
    {
        IPage page = await chromium.NewPageAsync(width);
        BrowserRun run = new(page);
        page.Request += (_, request) =>
        {
            if (request.Url.StartsWith("http", StringComparison.Ordinal))
            {
                run.Requests.Enqueue(request.Url);
            }
        };
        page.PageError += (_, error) => run.Errors.Enqueue(error);
        page.SetDefaultTimeout(30_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        await page.GotoAsync(server.Address.ToString());
        return run;
    }

    public async Task AskAsync(string text)
    {
        await Page.GetByLabel("Message", new() { Exact = true }).FillAsync(text);
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Nothing that was shown has run.</summary>
    public async Task AssertUnhurtAsync()
    {
        Assert.True(await Page.EvaluateAsync<bool>("window.hit === undefined"));
        Assert.Empty(Errors);
    }

    /// <summary>Keeps what is seen as a picture for the docs, in the folder that the variable GEMMASHARP_SCREENSHOTS names.</summary>
    public async Task KeepAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("GEMMASHARP_SCREENSHOTS") is string folder)
        {
            await Page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(folder, $"{name}.png") });
        }
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
