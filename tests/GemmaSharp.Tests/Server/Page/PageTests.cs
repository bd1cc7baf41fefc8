using System.Text.Json;
using Microsoft.Playwright;

namespace GemmaSharp.Tests.Server.Page;

/// <summary>The page in a real browser: ask, stop, pictures, sounds, and nothing of a model or a file that becomes markup.</summary>
public sealed class PageTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    private const string Wild = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script> [x](javascript:window.hit=1) **<b>bold</b>** `<i>`\n```\n</code><script>window.hit=1</script>\n```\n- one\n- two";

    [ChromiumFact]
    public async Task Ask_AnswerStreamsAndStaysAfterReload()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);
        IPage page = browser.Page;

        await browser.AskAsync("Count from 2 to 7.");

        await Assertions.Expect(browser.Answer).ToContainTextAsync("2, 3, 4, 5, 6, 7, 8.");
        await Assertions.Expect(page.Locator("article.assistant .figures")).ToContainTextAsync("tokens/s");
        await Assertions.Expect(page.Locator("#model")).ToHaveTextAsync(ServerRun.Model);
        await browser.KeepAsync("page-light");
        await page.ReloadAsync();
        await page.GetByLabel("Earlier chats").SelectOptionAsync(new SelectOptionValue { Label = "Count from 2 to 7." });
        await Assertions.Expect(browser.Answer).ToContainTextAsync("2, 3, 4, 5, 6, 7, 8.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete chat" }).ClickAsync();
        await Assertions.Expect(page.Locator("#chats option")).ToHaveCountAsync(1);
        Assert.All(browser.Requests, address => Assert.StartsWith(server.Address.ToString(), address, StringComparison.Ordinal));
        Assert.Empty(browser.Errors);
    }

    [ChromiumFact]
    public async Task Stop_ByButton_EndsTheAnswerAndFreesThePlace()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { Concurrent = 1, Queue = 0 } });
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);

        // A slow reader: the text stands still after its first event, the stream stays open.
        await browser.Page.RouteAsync("**/v1/chat/completions", _ => Task.CompletedTask);
        await browser.AskAsync("Good morning!");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Stopped.");
        await Assertions.Expect(browser.Page.GetByLabel("Message", new() { Exact = true })).ToHaveValueAsync("Good morning!");
        await browser.Page.UnrouteAllAsync();
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        await Assertions.Expect(browser.Answer).ToContainTextAsync("Hello!");
    }

    [ChromiumFact]
    public async Task Drop_PictureWithAWildName_IsSeenAndItsNameIsText()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);
        string picture = Convert.ToBase64String(File.ReadAllBytes(Fixture.Pocket("samples", "scene-0.png")));

        await browser.Page.EvaluateAsync(
            """
            ([data, name]) => {
              const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0)), drop = new DataTransfer();
              drop.items.add(new File([bytes], name, { type: 'image/png' }));
              document.dispatchEvent(new DragEvent('drop', { dataTransfer: drop, bubbles: true, cancelable: true }));
            }
            """,
            new[] { picture, Wild });
        await Assertions.Expect(browser.Page.Locator("#parts li")).ToHaveCountAsync(1);
        await browser.AskAsync("Describe the image.");

        await Assertions.Expect(browser.Answer).ToContainTextAsync("A small yellow cross at the bottom right.");
        await Assertions.Expect(browser.Page.Locator("article.user")).ToContainTextAsync("onerror");
        await browser.AssertUnhurtAsync();
    }

    [ChromiumFact]
    public async Task Sound_ByFile_IsHeard()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);

        await browser.Page.Locator("#files").SetInputFilesAsync(Fixture.Pocket("samples", "speech-1.wav"));
        await Assertions.Expect(browser.Page.Locator("#parts li")).ToHaveCountAsync(1);
        await browser.AskAsync("Transcribe the audio.");

        await Assertions.Expect(browser.Answer).ToContainTextAsync("purple circle");
        await browser.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await browser.KeepAsync("page-dark");
    }

    [ChromiumFact]
    public async Task Answer_WithMarkup_IsTextAndMarkdownIsElements()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);
        string chunk = JsonSerializer.Serialize(new { choices = new[] { new { delta = new { content = Wild } } } });
        await browser.Page.RouteAsync("**/v1/chat/completions", route => route.FulfillAsync(new() { ContentType = "text/event-stream", Body = $"data: {chunk}\n\ndata: [DONE]\n\n" }));

        await browser.AskAsync("x");

        await Assertions.Expect(browser.Answer.Locator("strong")).ToHaveTextAsync("<b>bold</b>");
        await Assertions.Expect(browser.Answer.Locator("pre code")).ToHaveTextAsync("</code><script>window.hit=1</script>");
        await Assertions.Expect(browser.Answer.Locator("li")).ToHaveCountAsync(2);
        await Assertions.Expect(browser.Answer.Locator("img, script, a, b, i")).ToHaveCountAsync(0);
        await browser.AssertUnhurtAsync();
    }

    [ChromiumFact]
    public async Task Settings_AreSentAndErrorsAreShown()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = ["key-of-the-page"] });
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);
        IPage page = browser.Page;
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("an API key is needed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Settings" }).ClickAsync();
        await page.GetByLabel("API key").FillAsync("key-of-the-page");
        await page.GetByLabel("Most tokens").FillAsync("3");
        await page.GetByLabel("Colours").SelectOptionAsync("dark");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("#model")).ToHaveTextAsync(ServerRun.Model);

        await browser.AskAsync("Count from 2 to 7.");

        await Assertions.Expect(page.Locator("article.assistant .figures")).ToContainTextAsync("3 written");
        Assert.Equal("dark", await page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
    }

    [ChromiumFact]
    public async Task Mobile_NothingIsWiderThanTheScreenAndAllIsReachedByKeys()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server, width: 360);
        await browser.AskAsync("Name four colors as JSON.");
        await Assertions.Expect(browser.Answer).ToContainTextAsync("colors");

        await browser.KeepAsync("page-mobile");
        Assert.True(await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        List<string> reached = [];
        await browser.Page.Locator("body").PressAsync("Home");
        for (int at = 0; at < 14; at++)
        {
            await browser.Page.Keyboard.PressAsync("Tab");
            reached.Add(await browser.Page.EvaluateAsync<string>("document.activeElement.id"));
        }

        Assert.Superset(new HashSet<string> { "chats", "new", "open-settings", "log", "text", "files", "record", "send" }, reached.ToHashSet());
    }
}
