# Sourced: says which processor this is and which vectors the product uses on it. Sets title (for people) and name (for files).
cpu="$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)"
family="$(sed -n 's/^cpu family[^:]*: *//p' /proc/cpuinfo | head -1)"
model="$(sed -n 's/^model[[:space:]]*: *//p' /proc/cpuinfo | head -1)"
wide="AVX2"
if grep -q avx512bw /proc/cpuinfo; then
    wide="AVX-512"
    if [ "${DOTNET_EnableAVX512:-1}" = 0 ]; then wide="AVX2, AVX-512 switched off"; fi
fi
title="$cpu, family $family, model $model, $(nproc) processors, $wide"
name="$(echo "$cpu family $family model $model $wide" | tr -cs 'A-Za-z0-9\n' '-' | sed 's/-*$//')"
