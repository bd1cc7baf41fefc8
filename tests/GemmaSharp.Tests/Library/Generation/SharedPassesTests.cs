using GemmaSharp.Generation;
using GemmaSharp.Model;
using GemmaSharp.Tests.Model;

namespace GemmaSharp.Tests.Library.Generation;

/// <summary>Who shares a pass, told by holding the model until all have come.</summary>
public sealed class SharedPassesTests : IDisposable
{
    private const int Context = 64;
    private readonly TestModel _test = TestModel.Load(Fixture.Pocket());
    private readonly SharedPasses _passes;
    private (int Sharers, int Answers)[] _company = [];

    public SharedPassesTests() => _passes = new SharedPasses(_test.Model);

    private int Vocab => _test.Model.Config.Text.VocabSize;

    public void Dispose() => _test.Dispose();

    [Fact]
    public void Run_ComeWhileAPassRuns_ShareTheNext()
    {
        float[][] found = Together([17, 40, 41, 42]);

        Assert.Equal(new PassCounts(Passes: 2, Sequences: 4, Tokens: 4), _passes.Counts);
        Assert.Equal([Alone(17), Alone(40), Alone(41), Alone(42)], found);
        Assert.Equal([(1, 4), (3, 3), (3, 3), (3, 3)], _company);
    }

    [Fact]
    public void Run_MoreAnswersThanAPassTakes_TheRestInTheNext()
    {
        int[] ids = [.. Enumerable.Range(30, SharedPasses.MostAnswers + 3)];

        float[][] found = Together(ids);

        Assert.Equal(new PassCounts(Passes: 3, Sequences: ids.Length, Tokens: ids.Length), _passes.Counts);
        Assert.Equal(Alone(ids[^1]), found[^1]);
    }

    [Fact]
    public void Run_AnswersWithDrafts_LogitsOfEachTokenAndNoMoreTokensThanAPassTakes()
    {
        const int drafted = SharedPasses.MostAnswerTokens / 2;
        int[][] ids = [[17], .. Enumerable.Range(0, 3).Select(at => Enumerable.Range(30 + at, drafted).ToArray())];

        float[][] found = Together(ids, out Exception?[] failures);

        Assert.All(failures, Assert.Null);
        Assert.Equal(new PassCounts(Passes: 3, Sequences: ids.Length, Tokens: 1 + (3 * drafted)), _passes.Counts);
        Assert.Equal(ids.Select(one => _test.Logits(one)), found);
    }

    [Fact]
    public void Run_OneFails_OnlyItsOwnAnswerHearsOfIt()
    {
        float[][] found = Together([[17], [40], [int.MaxValue], [42]], out Exception?[] failures);

        Assert.IsType<ArgumentException>(failures[2]);
        Assert.Equal([null, null, null], [failures[0], failures[1], failures[3]]);
        Assert.Equal([Alone(17), Alone(40), Alone(42)], [found[0], found[1], found[3]]);
    }

    [Fact]
    public void Prefill_AloneForGood_AllAtOnce()
    {
        int[] ids = [.. Enumerable.Range(20, 50)];
        float[] logits = new float[Vocab];
        using ModelState state = _test.Model.CreateState(Context);
        using PassMember member = _passes.Join(state);

        Assert.Equal(ids.Length, member.Prefill(ids, default, logits));
        Assert.Equal(_test.Logits(ids)[^Vocab..], logits);
    }

    [Fact]
    public void Prefill_OthersMayCome_AsMuchAsThePaceAllows()
    {
        _passes.ExpectOthers();
        int[] ids = [.. Enumerable.Range(20, 50)];
        float[] logits = new float[Vocab];
        using ModelState state = _test.Model.CreateState(Context);
        using PassMember member = _passes.Join(state);

        Assert.Equal(PromptPace.Least, member.Prefill(ids, default, logits));
        Assert.All(logits, value => Assert.Equal(0, value));
        Assert.Equal(ids.Length - PromptPace.Least, member.Prefill(ids.AsMemory(PromptPace.Least), default, logits));
        Assert.Equal(_test.Logits(ids)[^Vocab..], logits);
    }

    private float[] Alone(int id) => _test.Logits([id]);

    private float[][] Together(int[] ids)
    {
        float[][] found = Together([.. ids.Select(id => new[] { id })], out Exception?[] failures);
        Assert.All(failures, Assert.Null);
        return found;
    }

    // The first leads a pass that cannot begin; it is let go when all others wait.
    private float[][] Together(int[][] ids, out Exception?[] failures)
    {
        ModelState[] states = [.. ids.Select(_ => _test.Model.CreateState(Context))];
        PassMember[] members = [.. states.Select(_passes.Join)];
        float[][] logits = [.. ids.Select(one => new float[one.Length * Vocab])];
        Exception?[] caught = new Exception?[ids.Length];
        Thread[] threads = [.. ids.Select((one, at) => new Thread(() => caught[at] = Record.Exception(() => members[at].Decode(one, logits[at]))))];
        using ModelState other = _test.Model.CreateState(Context);
        _test.Model.Forward(new ModelInput([5]), other, [], (name, _, _) =>
        {
            if (name == "inputs_embeds")
            {
                for (int at = 0; at < threads.Length; at++)
                {
                    threads[at].Start();
                    Assert.True(SpinWait.SpinUntil(() => members[at].IsWaiting, TimeSpan.FromMinutes(1)));
                }
            }
        });
        Array.ForEach(threads, thread => thread.Join());
        _company = [.. members.Select(member => (member.Sharers, member.Answers))];
        Array.ForEach(members, member => member.Dispose());
        Array.ForEach(states, state => state.Dispose());
        failures = caught;
        return logits;
    }
}
