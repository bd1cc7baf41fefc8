namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// What a processor does with vectors of <see cref="Count"/> lanes of 32 bits, one lane a row of a panel, whatever the lanes hold: four codes, two
/// sums of 16 bits, an integer or a float. Every width computes the same bits in a lane.
/// </summary>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Lanes held; 16 is a multiple of it.</summary>
    static abstract int Count { get; }

    /// <summary>Whether <see cref="Dot"/> takes codes up to 255 and keeps sums of 32 bits, of which any number fits.</summary>
    static virtual bool TakesBytes => false;

    /// <summary>Count lanes as they lie in memory.</summary>
    static abstract TVector Load(void* from);

    /// <summary>Writes Count lanes.</summary>
    static abstract void Store(TVector value, void* into);

    /// <summary>The 32 bits at <paramref name="from"/> in every lane.</summary>
    static abstract TVector Broadcast(void* from);

    /// <summary>A constant's bits in every lane.</summary>
    static abstract TVector Fill(int value);

    /// <summary>Count IEEE halves as floats; infinities and NaN come out as finite numbers.</summary>
    static abstract TVector LoadHalves(byte* from);

    /// <summary>Count floats of which memory holds the upper 16 bits.</summary>
    static abstract TVector LoadUpperHalves(byte* from);

    /// <summary>Two times Count halves as floats, each pair in 32 bits of memory: the lower ones and the upper ones; infinities as above.</summary>
    static abstract (TVector Lower, TVector Upper) LoadHalfPairs(byte* from);

    /// <summary>The same of floats of which memory holds the upper 16 bits.</summary>
    static abstract (TVector Lower, TVector Upper) LoadUpperHalfPairs(byte* from);

    /// <summary>Count bytes as integers.</summary>
    static abstract TVector LoadBytes(byte* from);

    /// <summary>Count signed bytes as integers.</summary>
    static abstract TVector LoadSignedBytes(byte* from);

    /// <summary>Keeps <paramref name="bits"/> of every byte.</summary>
    static abstract TVector And(TVector value, byte bits);

    /// <summary>Inverts <paramref name="bits"/> of every byte.</summary>
    static abstract TVector Xor(TVector value, byte bits);

    /// <summary>Bitwise or.</summary>
    static abstract TVector Or(TVector left, TVector right);

    /// <summary>Shifts groups of 16 bits to the left by a constant.</summary>
    static abstract TVector ShiftLeft(TVector value, int count);

    /// <summary>Shifts groups of 16 bits to the right by a constant.</summary>
    static abstract TVector ShiftRight(TVector value, int count);

    /// <summary>Replaces every byte, 0..15, by its entry of a table of 16 bytes.</summary>
    static abstract TVector Lookup(byte* table, TVector codes);

    /// <summary>An integer of 16 bits as a multiplier for <see cref="Weigh"/>: in both halves of its lane, or as it is where sums have 32 bits.</summary>
    static abstract TVector Twice(TVector value);

    /// <summary>Integers to floats.</summary>
    static abstract TVector ToFloat(TVector value);

    /// <summary>Sum of integers.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>Product of floats.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>left * right + sum of floats, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector sum);

    /// <summary>
    /// Adds products of unsigned codes with signed values, inside a lane as far as the width does so without loss; the caller keeps the sum of
    /// each pair of products within 16 bits.
    /// </summary>
    static abstract TVector Dot(TVector sums, TVector codes, TVector values);

    /// <summary>Completes such sums to one integer a lane, times the multiplier from <see cref="Twice"/>.</summary>
    static abstract TVector Weigh(TVector sums, TVector multiplier);
}
