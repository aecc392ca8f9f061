if(NOT TARGET ike)
    return()
endif()
