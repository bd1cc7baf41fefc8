namespace GemmaSharp.Model;

/// <summary>How many threads of the team a pass uses: one token is bound by memory, many are bound by arithmetic.</summary>
/// <param name="Decode">For a pass of one token, or of one of each of several sequences.</param>
/// <param name="Prefill">For any other, and for the encoders.</param>
public sealed record PassThreads(int Decode, int Prefill)
{
    /// <summary>Threads of a team that can do both.</summary>
    public int Most => int.Max(Decode, Prefill);
}
