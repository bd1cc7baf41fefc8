using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using GemmaSharp.Generation;
using GemmaSharp.Model;
using GemmaSharp.Prompting;
using GemmaSharp.Tests.Model;

namespace GemmaSharp.Tests.Library;

/// <summary>Sessions on the random model with both encoders: prompts of the reference, prefill in chunks, the cache, sounds of several windows.</summary>
public sealed class ChatSessionTests
{
    private const int Rate = 16000;
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxTokens = 16 };

    // All but the clips that the reference pads together: a session encodes each alone.
    [Theory]
    [InlineData("text-only")]
    [InlineData("image")]
    [InlineData("image-resized")]
    [InlineData("audio")]
    [InlineData("audio-after-text")]
    [InlineData("image-audio")]
    [InlineData("audio-image")]
    [InlineData("two-images")]
    [InlineData("second-turn")]
    public async Task SendAsync_PromptOfTheReference_SameGreedyIds(string name)
    {
        JsonElement one = MergedPromptsTests.Case(name);
        ChatMessage[] messages = [.. one.GetProperty("messages").EnumerateArray().Select(MergedPromptsTests.Read)];
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"));
        using ChatSession session = engine.CreateSession();
        Array.ForEach(messages[..^1], session.Add);
        int safe = one.GetProperty("greedy_safe").GetInt32();

        (int[] ids, _, Usage usage) = await AskAsync(session, messages[^1], Greedy with { MaxTokens = safe });

        Assert.Equal(one.GetProperty("greedy").EnumerateArray().Select(id => id.GetInt32()).Take(safe), ids);
        Assert.Equal(one.GetProperty("input_ids").GetArrayLength(), usage.PromptTokens);
    }

    [Fact]
    public async Task SendAsync_LongPromptPastWindowAndChunk_SameIdsAsAtOnceAndAsWithoutCache()
    {
        string text = string.Join(' ', Enumerable.Range(0, 260).Select(at => at % 3 == 0 ? "Describe a red circle." : "What do you see?"));
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"));
        int[] prompt = engine.Prompts.Encode([ChatMessage.User(text)]);
        Assert.InRange(prompt.Length, 2 * 512, engine.ContextLength - 20);

        using ChatSession session = engine.CreateSession();
        (int[] ids, _, _) = await AskAsync(session, ChatMessage.User(text), Greedy);

        // At once, then with the cache; and every token anew from a fresh pass over everything before it.
        List<int> known = [.. prompt];
        int vocab = engine.Files.Config.Text.VocabSize;
        float[] cached = new float[vocab], fresh = new float[vocab];
        using ModelState state = engine.Model.CreateState(engine.ContextLength), other = engine.Model.CreateState(engine.ContextLength);
        engine.Model.Forward(new ModelInput(prompt), state, cached);
        foreach (int id in ids)
        {
            other.Clear();
            engine.Model.Forward(new ModelInput(known.ToArray()), other, fresh);
            Assert.Equal(fresh, cached);
            Assert.Equal(TestModel.IndexOfMax(cached), id);
            known.Add(id);
            engine.Model.Forward(new ModelInput([id]), state, cached);
        }
    }

    [Fact]
    public async Task SendAsync_TurnsWithMedia_SameIdsFromTheCacheAsFromTheStart()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"));
        using ChatSession session = engine.CreateSession();
        ChatMessage[] turns =
        [
            ChatMessage.User("Hello! How are you today?", ContentPart.Image(Fixture.Path("Image", "rgb-100x140.png"))),
            ChatMessage.User("Transcribe the audio.", ContentPart.Audio(Fixture.Path("AudioClips", "len-1600.wav"))),
            ChatMessage.User("Compare the two pictures.", ContentPart.Image(Fixture.Path("Image", "two-2x2.png"))),
        ];
        foreach (ChatMessage turn in turns)
        {
            using ChatSession fresh = engine.CreateSession();
            foreach (ChatMessage before in session.History)
            {
                fresh.Add(before);
            }

            (int[] recomputed, _, Usage all) = await AskAsync(fresh, turn, Greedy);
            (int[] ids, _, Usage usage) = await AskAsync(session, turn, Greedy);

            Assert.Equal(recomputed, ids);
            Assert.Equal(0, all.CachedTokens);
            Assert.Equal(turn == turns[0], usage.CachedTokens == 0);
        }
    }

    [Fact]
    public async Task SendAsync_SoundOfSeveralWindows_AllIsHeardAndSaid()
    {
        const int gapEvery = 7 * Rate, loud = 6 * Rate, seconds = 70;
        float[] samples = new float[seconds * Rate];
        Random random = new(7);
        for (int at = 0; at < samples.Length; at++)
        {
            samples[at] = (short)((random.NextSingle() - 0.5f) * (at % gapEvery < loud ? 20000 : 20)) / 32768f;
        }

        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"));
        ContentPart sound = ContentPart.Audio(Wav(samples), "speech.wav");

        IReadOnlyList<float[]> windows = engine.Media.Windows(sound);

        Assert.Equal(samples, windows.SelectMany(window => window));
        Assert.All(windows, window => Assert.InRange(window.Length, Rate, 30 * Rate));
        int end = 0;
        foreach (float[] window in windows.SkipLast(1))
        {
            end += window.Length;
            Assert.InRange(end % gapEvery, loud, gapEvery - 1);
        }

        IReadOnlyList<EncodedMedia> encoded = engine.Media.Encode(sound);
        Assert.Equal(windows.Count, encoded.Count);
        Assert.All(encoded.Zip(windows), pair => Assert.Equal(engine.Model.EncodeAudio(pair.Second), pair.First.Rows));
        using ChatSession session = engine.CreateSession();
        (_, string? notice, Usage usage) = await AskAsync(session, ChatMessage.User("Transcribe the audio.", sound), Greedy);
        Assert.Contains($"{windows.Count} windows", notice, StringComparison.Ordinal);
        Assert.InRange(usage.PromptTokens, windows.Count * 188, (windows.Count * 188) + 40);
    }

    [Fact]
    public void Generate_SteadyDecoding_AllocatesOnlyTheUpdates()
    {
        // The update, its text and a boxed enumerator; nothing that grows with the model or the context. The middle one of many tokens
        // is taken: the cache's room doubles now and then, and collections that other tests cause are counted too.
        const int most = 288, tokens = 200;
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"), new EngineOptions { Threads = 1 });
        using Sequence sequence = new(engine);
        Prompt prompt = new(engine.Prompts.Encode([ChatMessage.User("Describe a red circle.")]), []);
        GenerationOptions options = new()
        {
            Seed = 3, MaxTokens = tokens, Temperature = 5, TopK = 0, TopP = 1, LogitBias = new Dictionary<int, float> { [1] = -100, [6] = -100 },
        };
        List<long> allocated = new(tokens + 2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (GenerationUpdate update in sequence.Generate(prompt, options, CancellationToken.None))
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            allocated.Add(now - before);
            before = now;
        }

        allocated.Sort();
        Assert.InRange(allocated.Count, tokens, tokens + 1);
        Assert.InRange(allocated[tokens / 2], 0, most);
    }

    private static async Task<(int[] Ids, string? Notice, Usage Usage)> AskAsync(ChatSession session, ChatMessage message, GenerationOptions options)
    {
        List<int> ids = [];
        string? notice = null;
        Usage usage = new();
        await foreach (GenerationUpdate update in session.SendAsync(message, options))
        {
            ids.AddRange(update.TokenId is int id ? [id] : []);
            notice = update.Notice ?? notice;
            usage = update.Usage ?? usage;
        }

        return ([.. ids], notice, usage);
    }

    private static byte[] Wav(float[] samples)
    {
        byte[] wav = new byte[44 + (2 * samples.Length)];
        Encoding.ASCII.GetBytes("RIFF\0\0\0\0WAVEfmt ").CopyTo(wav, 0);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), Rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * Rate);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        Encoding.ASCII.GetBytes("data").CopyTo(wav, 36);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), 2 * samples.Length);
        for (int at = 0; at < samples.Length; at++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + (2 * at)), (short)(samples[at] * 32768));
        }

        return wav;
    }
}
