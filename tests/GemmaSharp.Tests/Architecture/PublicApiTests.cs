using System.Reflection;
using System.Runtime.CompilerServices;

namespace GemmaSharp.Tests.Architecture;

/// <summary>The library's public surface is small, and changes only on purpose.</summary>
public sealed class PublicApiTests
{
    private const int MostTypes = 15;
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void Types_AreAboutADozen() => Assert.InRange(typeof(GemmaEngine).Assembly.GetExportedTypes().Length, 1, MostTypes);

    [Fact]
    public void Members_EqualTheSnapshot()
    {
        string found = string.Join('\n', typeof(GemmaEngine).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Describe)) + "\n";
        string received = Path.Combine(Fixture.Repository, "artifacts", "PublicApi.received.txt");
        string snapshot = Path.Combine(Fixture.Repository, "tests", "GemmaSharp.Tests", "Architecture", "PublicApi.txt");
        string expected = File.Exists(snapshot) ? File.ReadAllText(snapshot).ReplaceLineEndings("\n") : "";
        if (found == expected)
        {
            return;
        }

        File.WriteAllText(received, found);
        string[] before = expected.Split('\n'), after = found.Split('\n');
        Assert.Fail(
            $"""
            The public API changed. Gone: {string.Join("; ", before.Except(after))}. New: {string.Join("; ", after.Except(before))}.
            If that is wanted, say so in CHANGELOG.md and run
              cp artifacts/PublicApi.received.txt tests/GemmaSharp.Tests/Architecture/PublicApi.txt
            """);
    }

    private static IEnumerable<string> Describe(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        yield return $"{kind} {type.FullName}{(type.IsAssignableTo(typeof(IDisposable)) ? " : IDisposable" : "")}";
        foreach (string member in type.GetMembers(Own).Where(IsWritten).Select(Describe).OfType<string>().Order(StringComparer.Ordinal))
        {
            yield return $"    {member}";
        }
    }

    // What the compiler adds to a record or a delegate is not part of what was written.
    private static bool IsWritten(MemberInfo member) => !member.IsDefined(typeof(CompilerGeneratedAttribute)) && member.Name != "EqualityContract";

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method => $"{Static(method)}{Text(method.ReturnParameter)} {method.Name}({Parameters(method)})",
        PropertyInfo property => $"{Text(property)} {property.Name} {{ get;{Setter(property)} }}",
        FieldInfo { IsLiteral: true } field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), null)}",
        _ => null,
    };

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Setter(PropertyInfo property) => property.SetMethod switch
    {
        null or { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false } => "",
        MethodInfo set when set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) => " init;",
        _ => " set;",
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter => $"{Text(parameter)} {parameter.Name}{Default(parameter)}"));

    private static string Default(ParameterInfo parameter) => parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "";

    private static string Text(ParameterInfo parameter) => Text(parameter.ParameterType, Nullability.Create(parameter));

    private static string Text(PropertyInfo property) => Text(property.PropertyType, Nullability.Create(property));

    private static string Text(Type type, NullabilityInfo info)
    {
        if (Nullable.GetUnderlyingType(type) is Type value)
        {
            return value.Name + "?";
        }

        string name = type.IsGenericType
            ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select((argument, index) => Text(argument, info.GenericTypeArguments[index])))}>"
            : type.Name;
        return !type.IsValueType && info.ReadState == NullabilityState.Nullable ? name + "?" : name;
    }
}
