using System.Text;
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
    public async Task Stop_WhileTheModelWrites_TheServerStopsToo()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);

        // The page's own request, with an answer that would go on: the tokens that end it are out of reach.
        await browser.Page.RouteAsync("**/v1/chat/completions", route => route.ContinueAsync(new()
        {
            PostData = Encoding.UTF8.GetBytes($"{{\"logit_bias\": {{\"1\": -100, \"9\": -100}}, {route.Request.PostData![1..]}"),
        }));
        await browser.AskAsync("Count from 2 to 7.");
        await Assertions.Expect(browser.Answer).ToContainTextAsync("2, 3, 4");
        await server.WaitForAsync("gemmasharp_requests_running 1");

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();

        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Stopped.");
        await server.WaitForAsync("gemmasharp_requests_running 0");
        await server.WaitForAsync("gemmasharp_requests_total{route=\"/v1/chat/completions\",status=\"499\"} 1");
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true })).ToBeDisabledAsync();
        Assert.Empty(browser.Errors);
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
    public async Task Paste_Picture_IsSeen()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);

        await browser.Page.EvaluateAsync(
            """
            data => {
              const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0)), board = new DataTransfer();
              board.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
              document.getElementById('text').dispatchEvent(new ClipboardEvent('paste', { clipboardData: board, bubbles: true, cancelable: true }));
            }
            """,
            Convert.ToBase64String(File.ReadAllBytes(Fixture.Pocket("samples", "scene-0.png"))));
        await Assertions.Expect(browser.Page.Locator("#parts li")).ToHaveCountAsync(1);
        await browser.AskAsync("Describe the image.");

        await Assertions.Expect(browser.Answer).ToContainTextAsync("A small yellow cross at the bottom right.");
    }

    [ChromiumFact]
    public async Task Record_ByMicrophone_IsHeardAsASound()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);
        IPage page = browser.Page;

        await page.GetByRole(AriaRole.Button, new() { Name = "Record" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Stop recording" })).ToHaveAttributeAsync("aria-pressed", "true");
        await page.WaitForTimeoutAsync(700);
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop recording" }).ClickAsync();
        await Assertions.Expect(page.Locator("#parts li")).ToHaveCountAsync(1);
        await browser.AskAsync("Transcribe the audio.");

        await Assertions.Expect(page.Locator("article.assistant .figures")).ToContainTextAsync("tokens/s");
        await Assertions.Expect(page.Locator("article.user audio")).ToHaveCountAsync(1);
        Assert.Empty(browser.Errors);
    }

    [ChromiumFact]
    public async Task Settings_Sampling_IsInTheRequest()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await using BrowserRun browser = await BrowserRun.StartAsync(chromium, server);
        IPage page = browser.Page;
        (string Label, string Value, string Field)[] numbers = [("Temperature", "1.5", "temperature"), ("Top p", "0.9", "top_p"), ("Top k", "7", "top_k"), ("Min p", "0.01", "min_p"), ("Seed", "5", "seed")];
        await page.GetByRole(AriaRole.Button, new() { Name = "Settings" }).ClickAsync();
        await page.GetByLabel("Instructions").FillAsync("Be short.");
        foreach ((string label, string value, _) in numbers)
        {
            await page.GetByLabel(label).FillAsync(value);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        IRequest request = await page.RunAndWaitForRequestAsync(() => browser.AskAsync("Good morning!"), "**/v1/chat/completions");

        JsonElement body = JsonElement.Parse(request.PostData ?? "");
        Assert.Equal("Be short.", body.GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.All(numbers, number => Assert.Equal(number.Value, body.GetProperty(number.Field).GetRawText()));
        await Assertions.Expect(page.Locator("article.assistant .figures")).ToContainTextAsync("tokens/s");
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
