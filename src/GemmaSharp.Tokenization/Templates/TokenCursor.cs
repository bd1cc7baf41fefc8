namespace GemmaSharp.Tokenization.Templates;

/// <summary>A place in the tokens of a template.</summary>
internal sealed class TokenCursor(List<Token> tokens)
{
    private int _at;

    public Token Peek => tokens[_at];

    public Token PeekNext => tokens[int.Min(_at + 1, tokens.Count - 1)];

    /// <summary>Whether an expression ends here.</summary>
    public bool AtEnd => Peek.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd or TokenKind.End
        || Peek is { Kind: TokenKind.Operator, Value: ")" or "]" or "=" };

    public static TemplateException Unexpected(Token token) =>
        new(TemplateProblem.Syntax, $"line {token.Line}: {token.Kind} '{token.Value}' is not expected here");

    public Token Take() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    public bool IsOperator(string name) => Peek.Kind == TokenKind.Operator && Peek.Value == name;

    public bool TakeOperator(string name) => TakeIf(IsOperator(name));

    public bool TakeWord(string word) => TakeIf(Peek.Kind == TokenKind.Name && Peek.Value == word);

    public string TakeName() => Peek.Kind == TokenKind.Name ? Take().Value : throw Unexpected();

    public void ExpectOperator(string name)
    {
        if (!TakeOperator(name))
        {
            throw Unexpected();
        }
    }

    public void Expect(TokenKind kind)
    {
        if (!TakeIf(Peek.Kind == kind))
        {
            throw Unexpected();
        }
    }

    public TemplateException Unexpected() => Unexpected(Peek);

    private bool TakeIf(bool matches)
    {
        _at += matches ? 1 : 0;
        return matches;
    }
}
