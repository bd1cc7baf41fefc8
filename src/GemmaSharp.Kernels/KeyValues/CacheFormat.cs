using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>What is done with blocks of one stored type; one dynamic call a block, static inside.</summary>
internal abstract unsafe class CacheFormat
{
    private static readonly CacheFormat F32 = new CacheFormat<ElementPanel<F32Element>, ElementPanel<F32Element>>();
    private static readonly CacheFormat F16 = new CacheFormat<ElementPanel<F16Element>, ElementPanel<F16Element>>();
    private static readonly CacheFormat BF16 = new CacheFormat<ElementPanel<BF16Element>, ElementPanel<BF16Element>>();
    private static readonly CacheFormat Q8 = new CacheFormat<Q8KeyPanel, Q8ValuePanel>();

    public static CacheFormat Of(CacheType type) => type switch
    {
        CacheType.F32 => F32,
        CacheType.F16 => F16,
        CacheType.BF16 => BF16,
        CacheType.Q8_0 => Q8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no cache is stored so"),
    };

    public abstract CacheLayout Layout(int keyHeads, int headDim);

    /// <summary>Stores the key and the value of a head, at a place of 0..127 in a block.</summary>
    public abstract void Write(in CacheLayout layout, byte* block, int head, int place, float* key, float* value);

    /// <summary>The key and the value of a head as they were stored.</summary>
    public abstract void Read(in CacheLayout layout, byte* block, int head, int place, float* key, float* value);

    /// <summary>Attention of a tile of queries over the part of a block that they see.</summary>
    public abstract void Attend(in CacheLayout layout, byte* block, int head, int firstPosition, in AttendTile tile);
}

/// <summary>Blocks of the given panels.</summary>
internal sealed unsafe class CacheFormat<TKeys, TValues> : CacheFormat
    where TKeys : struct, IKeyPanel
    where TValues : struct, IValuePanel
{
    private const int Lanes = CacheLayout.Lanes;

    public override CacheLayout Layout(int keyHeads, int headDim) => new(keyHeads, headDim, TKeys.Bytes(headDim), TValues.Bytes(CacheLayout.BlockTokens));

    public override void Write(in CacheLayout layout, byte* block, int head, int place, float* key, float* value)
    {
        TKeys.WriteLane(block + layout.KeysAt(head) + ((nint)(place / Lanes) * layout.KeyPanelBytes), place % Lanes, key, layout.HeadDim);
        byte* panel = block + layout.ValuesAt(head);
        float* padded = stackalloc float[Lanes];
        for (int at = 0; at < layout.HeadDim; at += Lanes, panel += layout.ValuePanelBytes)
        {
            float* from = value + at;
            if (layout.HeadDim - at < Lanes)
            {
                new Span<float>(padded, Lanes).Clear();
                new ReadOnlySpan<float>(from, layout.HeadDim - at).CopyTo(new Span<float>(padded, Lanes));
                from = padded;
            }

            TValues.WriteColumn(panel, place, from);
        }
    }

    public override void Read(in CacheLayout layout, byte* block, int head, int place, float* key, float* value)
    {
        byte* keys = block + layout.KeysAt(head) + ((nint)(place / Lanes) * layout.KeyPanelBytes), values = block + layout.ValuesAt(head);
        for (int at = 0; at < layout.HeadDim; at++)
        {
            key[at] = One<TKeys>(keys, at, place % Lanes);
            value[at] = One<TValues>(values + ((nint)(at / Lanes) * layout.ValuePanelBytes), place, at % Lanes);
        }
    }

    public override void Attend(in CacheLayout layout, byte* block, int head, int firstPosition, in AttendTile tile)
    {
        byte* keys = block + layout.KeysAt(head), values = block + layout.ValuesAt(head);
        if (tile.Lanes == Lanes512.Count)
        {
            AttendBlock<TKeys, TValues, Lanes512, Vector512<byte>>.Run(layout, keys, values, firstPosition, tile);
        }
        else if (tile.Lanes == Lanes256.Count)
        {
            AttendBlock<TKeys, TValues, Lanes256, Vector256<byte>>.Run(layout, keys, values, firstPosition, tile);
        }
        else
        {
            AttendBlock<TKeys, TValues, Lanes128, Vector128<byte>>.Run(layout, keys, values, firstPosition, tile);
        }
    }

    private static float One<TPanel>(byte* panel, int column, int lane)
        where TPanel : struct, ICachePanel
    {
        float* four = stackalloc float[4];
        (Vector128<byte> lower, Vector128<byte> upper) = TPanel.Load<Lanes128, Vector128<byte>>(panel, column, lane % 16 / 4 * 4);
        Lanes128.Store(lane < 16 ? lower : upper, four);
        return four[lane % 4];
    }
}
