using GemmaSharp.Model;

namespace GemmaSharp.Tests.Model.Text;

/// <summary>Decoding leaves the garbage collector nothing to do.</summary>
public sealed class DecodeAllocationTests
{
    private const int PromptTokens = 64;
    private const int WarmTokens = 8;
    private const int MeasuredTokens = 32;

    [Fact]
    public void Forward_OneTokenAfterAnother_AllocatesNothing()
    {
        using TestModel model = TestModel.Load(Fixture.Pocket(), threads: 1);
        using ModelState state = model.Model.CreateState(1024);
        float[] logits = new float[model.Model.Config.Text.VocabSize];
        model.Model.Forward(new ModelInput([.. Enumerable.Range(100, PromptTokens)]), state, logits);
        Decode(WarmTokens);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Decode(MeasuredTokens);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        // Within the room that the prompt's cache keeps for growing.
        void Decode(int count)
        {
            for (int token = 0; token < count; token++)
            {
                int id = 200 + token;
                model.Model.Forward(new ModelInput(new ReadOnlySpan<int>(in id)), state, logits);
            }
        }
    }
}
