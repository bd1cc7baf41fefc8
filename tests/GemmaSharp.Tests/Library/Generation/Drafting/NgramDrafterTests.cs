using GemmaSharp.Generation.Drafting;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>Drafts against a search of the whole text.</summary>
public sealed class NgramDrafterTests
{
    [Theory]
    [InlineData(new[] { 1, 2, 3 }, new int[0])]
    [InlineData(new[] { 7, 7 }, new int[0])]
    [InlineData(new[] { 7, 7, 7 }, new[] { 7, 7, 7, 7, 7 })]
    [InlineData(new[] { 1, 2, 9, 8, 1, 2 }, new[] { 9, 8, 1, 2, 9 })]
    [InlineData(new[] { 1, 2, 5, 1, 2, 6, 1, 2 }, new[] { 6, 1, 2, 6, 1 })]
    [InlineData(new[] { 4, 1, 2, 5, 3, 1, 2, 6, 4, 1, 2 }, new[] { 5, 3, 1, 2, 6 })]
    public void Draft_TextsByHand_WhatFollowedTheLongestEndAtItsLatestPlace(int[] text, int[] expected)
    {
        NgramDrafter drafter = new();
        drafter.See(text);
        int[] into = new int[5];

        int count = drafter.Draft(into);

        Assert.Equal(expected, into[..count]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void Draft_RandomTexts_SameAsASearch(int vocabulary)
    {
        Random random = new(vocabulary);
        NgramDrafter drafter = new();
        List<int> text = [];
        int[] into = new int[3];
        for (int step = 0; step < 600; step++)
        {
            text.Add(random.Next(vocabulary));
            drafter.See([text[^1]]);

            int count = drafter.Draft(into);

            Assert.Equal(Search(text, 3), into[..count]);
        }
    }

    private static int[] Search(List<int> text, int count)
    {
        for (int length = 4; length >= 2; length--)
        {
            for (int end = text.Count - 1; end >= length; end--)
            {
                if (text.Skip(end - length).Take(length).SequenceEqual(text.TakeLast(length)))
                {
                    List<int> all = [.. text];
                    for (int at = 0; at < count; at++)
                    {
                        all.Add(all[end + at]);
                    }

                    return [.. all.TakeLast(count)];
                }
            }
        }

        return [];
    }
}
