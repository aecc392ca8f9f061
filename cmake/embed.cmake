# Makes OUTPUT, a source with each of FILES as a struct metrics_asset: metrics_asset_status_html of status.html.
# cmake -D OUTPUT=... -D FILES=a,b -P embed.cmake

string(REPLACE "," ";" files "${FILES}")
set(text "#include \"shard/metrics/asset.h\"\n")
foreach(file ${files})
    cmake_path(GET file FILENAME name)
    string(MAKE_C_IDENTIFIER ${name} name)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND text "static const unsigned char ${name}[] = {${bytes}};\n"
        "const struct metrics_asset metrics_asset_${name} = {${name}, sizeof(${name})};\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
